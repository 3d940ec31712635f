import { html, type Markup } from "./html.ts";

export interface Column {
  readonly title: Markup | string;
  readonly look?: string;
}

/**
 * A table's head. What each part is, is said wherever a table is written: it is shown as blocks on a phone, where a
 * browser would forget that it is a table.
 */
export function tableHead(columns: readonly Column[]): Markup {
  const cells = columns.map(
    ({ title, look = "" }) => html`<th role="columnheader" scope="col" class="${look}">${title}</th>`,
  );
  return html`<thead role="rowgroup"><tr role="row">${cells}</tr></thead>`;
}
