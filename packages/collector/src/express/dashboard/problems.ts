import { CollectorError } from "../../error.ts";
import { html } from "./html.ts";
import { type Page, problemPage } from "./layout.ts";
import { pageAt } from "./page-address.ts";

export interface Problem {
  readonly status: number;
  readonly page: Page;
}

const back = html`<p><a href="${pageAt("")}">Back to the overview</a></p>`;

/** What is shown for an error, or undefined where it is a mistake of the server's own. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof CollectorError)) return unreadable(error);
  const { code, message, issues } = error;
  switch (code) {
    case "ERR_ORDER":
      return {
        status: 422,
        page: problemPage(
          "That cannot be used",
          html`<p>Nothing was written.</p>
<ul class="bullets">${issues.map(({ path, message }) => html`<li>${path && `${path}: `}${message}</li>`)}</ul>`,
          back,
        ),
      };
    case "ERR_UNKNOWN":
      return { status: 404, page: problemPage("This is not known", html`<p>${message}</p>`, back) };
    case "ERR_CONFLICT":
      return {
        status: 409,
        page: problemPage("This contradicts what is decided", html`<p>Nothing was written: ${message}.</p>`, back),
      };
    case "ERR_LEDGER":
      return {
        status: 503,
        page: problemPage(
          "The ledger does not answer",
          html`<p>Look at the disk or the database of the ledger, and load this page anew: ${message}</p>
<p>Whether orders that are reported meanwhile are kept, <a href="${pageAt("ready")}">ready</a> says.</p>`,
        ),
      };
    default:
      return undefined;
  }
}

/** Told of a mistake of ours. What it is may be no business of a page that somebody leaves open. */
export const ownMistake: Problem = {
  status: 500,
  page: problemPage(
    "Cashtrail made a mistake",
    html`<p>The collector's event <code>ledger-failed</code> tells of it: look into the store's log.
What you did may not have been done: look at the order before you do it again.</p>`,
    back,
  ),
};

export const foreignForm: Problem = {
  status: 403,
  page: problemPage(
    "This form cannot be taken",
    html`<p>It came from another page, or is older than your session. Nothing was done.
Go back, load the page anew, and send it again.</p>`,
    back,
  ),
};

/** What body-parser says of a form that cannot be read. */
function unreadable(error: unknown): Problem | undefined {
  const { status } = (error ?? {}) as { status?: unknown };
  if (typeof status !== "number" || status < 400 || status >= 500) return undefined;
  return {
    status,
    page: problemPage("This form cannot be read", html`<p>It is too long, or was cut short.</p>`, back),
  };
}
