import type { Frame } from "../frame.ts";
import { html } from "../html.ts";
import { page } from "./layout.ts";

/** What is shown in place of a page that cannot be. */
export function problemPage(frame: Frame, title: string): string {
  return page(
    frame,
    title,
    html`<section class="empty"><h1>${title}</h1><p>The rest of the shop is where it was.</p><p><a class="button" href="/">To the front page</a></p></section>`,
  );
}
