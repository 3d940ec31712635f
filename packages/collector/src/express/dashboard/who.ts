import type { Issue } from "../../error.ts";
import { html, type Markup } from "./html.ts";

/** Who decides, and why: both stand in the conversion's story. */
export function whoFields(name: string, reason: string, issues: readonly Issue[] = []): Markup {
  const problem = (path: string) => issues.filter((issue) => issue.path === path).map(({ message }) => message);
  const field = (id: string, title: string, value: string, hint: string, isWanted: boolean) => {
    const wrong = problem(id);
    return html`<div class="field"><label for="${id}">${title}</label><input id="${id}" name="${id}" type="text" value="${value}" maxlength="200" aria-describedby="${id}-hint"${isWanted && html` required`}${id === "by" && html` autocomplete="name"`}${wrong.length > 0 && html` aria-invalid="true"`}>
<p class="hint" id="${id}-hint">${wrong.length > 0 ? html`<strong>${id === "by" ? "Your name" : "The reason"} ${wrong.join("; ")}.</strong> ` : html``}${hint}</p></div>`;
  };
  return html`${field("by", "Who are you?", name, "Kept with the decision, and remembered until you sign out.", true)}
${field("reason", "Why?", reason, "For whoever reads the story later. It may stay empty.", false)}`;
}
