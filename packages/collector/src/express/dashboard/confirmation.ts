import { createHash } from "node:crypto";
import type { Issue } from "../../error.ts";
import { html, type Markup } from "./html.ts";
import { otherProblems } from "./who.ts";

/** Of so many postbacks a confirmation says what exactly is sent. */
export const SPELT_OUT = 10;

/** What is said on a confirmation that is shown once more: what was typed into it, and why that was not enough. */
export interface AskedAgain {
  readonly by?: string;
  readonly reason?: string;
  readonly issues?: readonly Issue[];
  readonly caution?: string;
}

export const NAME_WANTED: Issue = { path: "by", message: "is wanted" };

/** Tells what was seen from what stands now: what is done is what was seen. */
export function markOf(standing: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(standing)).digest("base64url");
}

/** Why a confirmation is shown once more, but for what is said beside its fields. */
export function problemsOf({ caution, issues = [] }: AskedAgain): Markup {
  return html`${caution !== undefined && html`<p class="caution" role="alert">${caution}</p>`}
${otherProblems(issues)}`;
}
