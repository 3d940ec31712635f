import { html, type Markup } from "./html.ts";
import { hidden, type Page } from "./layout.ts";
import { pageAt } from "./page-address.ts";

export type LoginProblem = "wrong" | "many" | "unkept" | "foreign";

const problems: Readonly<Record<LoginProblem, Markup>> = {
  wrong: html`<p>This is not the <code>adminToken</code> the collector was made with.
Compare it with the collector's settings: it is one text of at least 16 characters, without spaces around it.</p>`,
  many: html`<p>Too many wrong tokens came from this address. Wait a minute, then try again.</p>`,
  unkept: html`<p>The token is right, but your browser did not keep the session:
it keeps it over https, or from this machine itself. Open the dashboard by its https address, and allow cookies for it.</p>`,
  foreign: html`<p>This form came from another page. Sign in here.</p>`,
};

/** Asks for the token. `to` is the page that was wanted. */
export function loginPage(to: string, problem?: LoginProblem): Page {
  return {
    title: "Sign in",
    body: html`<div class="login">
<h1>Sign in</h1>
${problem !== undefined && html`<div class="problem" role="alert" id="problem">${problems[problem]}</div>`}
<form class="card" method="post" action="${pageAt("login")}">
${hidden({ to })}
<div class="field"><label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus
 maxlength="1000"${problem !== undefined && html` aria-describedby="problem"`}>
<p class="hint">The <code>adminToken</code> that the collector was made with. It is never shown here.</p></div>
<button>Sign in</button>
</form>
</div>`,
  };
}

/** One of these pages that a stranger's link names, or else the overview. */
export function pageFrom(to: string, pages: readonly string[]): string {
  const [, page, query = ""] = /^\.\/([^?]*)(\?[\x21-\x7e]*)?$/.exec(to) ?? [];
  const isOne =
    page === "" ? /^(?:\?period=[a-z]+(?:&live=on)?)?$/.test(query) : page !== undefined && pages.includes(page);
  return isOne && to.length <= 2000 ? to : pageAt("");
}
