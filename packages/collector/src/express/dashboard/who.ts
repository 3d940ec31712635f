import type { Issue } from "../../error.ts";
import { html, type Markup } from "./html.ts";

const titles: Readonly<Record<string, string>> = { by: "Your name", reason: "The reason" };

/** Who decides, and why: both stand in the conversion's story. */
export function whoFields(name: string, reason: string, issues: readonly Issue[] = []): Markup {
  const field = (id: string, title: string, value: string, hint: string, extra: Markup | false = false) => {
    const wrong = issues.filter(({ path }) => path === id).map(({ message }) => message);
    const isWrong = wrong.length > 0;
    return html`<div class="field"><label for="${id}">${title}</label>
<input id="${id}" name="${id}" type="text" value="${value}" maxlength="200" aria-describedby="${id}-hint"${extra}${
      isWrong && html` aria-invalid="true"`
    }>
<p class="hint" id="${id}-hint">${isWrong && html`<strong>${titles[id]} ${wrong.join("; ")}.</strong> `}${hint}</p></div>`;
  };
  const kept = "Kept with the decision, and remembered until you sign out.";
  return html`${field("by", "Who are you?", name, kept, html` required autocomplete="name"`)}
${field("reason", "Why?", reason, "For whoever reads the story later. It may stay empty.")}`;
}

/** What is wrong with what else was sent. */
export function otherProblems(issues: readonly Issue[]): Markup | false {
  const other = issues.filter(({ path }) => !Object.hasOwn(titles, path));
  return (
    other.length > 0 &&
    html`<div class="problem" role="alert">${other.map(({ path, message }) => html`<p>${path}: ${message}</p>`)}</div>`
  );
}
