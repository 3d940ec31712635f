import { html } from "./html.ts";
import { orderTable } from "./orders.ts";
import { pageAt } from "./page-address.ts";
import type { Reply, Visit } from "./visit.ts";

const SHOWN = 100;

/** Finds an order by its number or by its click's id. Asked by POST, so that no log and no history keeps a click id. */
export async function search({ calls, form, show }: Visit): Promise<Reply> {
  const text = form.get("text");
  if (text === "") return { to: pageAt("orders") };
  // What is pasted has spaces around it that are not meant, and a number may have some that are.
  const texts = [...new Set([text, form.exact("text")])];
  const filters = texts.flatMap((one) => [{ number: one }, { click: one }]);
  const lists = await Promise.all(filters.map((filter) => calls.find({ ...filter, limit: SHOWN })));
  const found = [...new Map(lists.flat().map((one) => [one.serial, one])).values()];
  const numbers = new Set(found.map(({ number }) => number));
  const [first] = numbers;
  if (numbers.size === 1) return { to: pageAt("order", { number: first }) };
  if (numbers.size > 1)
    return {
      sought: text,
      page: {
        title: "Search",
        body: html`<h1>Several orders are found</h1>
<p class="faint">A click can bring several orders; ShopBack's is good for one.</p>
<section class="card list" aria-label="Orders found">${orderTable(found, show)}</section>`,
      },
    };
  for (const number of texts)
    if ((await calls.uncreditedReason(number)) !== undefined) return { to: pageAt("order", { number }) };
  return {
    status: 404,
    sought: text,
    page: {
      title: "Nothing found",
      body: html`<h1>Nothing found</h1>
<section class="card"><p>No order has the number <span class="id">${text}</span>, and none was credited to a click of that id.</p>
<ul class="bullets">
<li>Is it spelt as the shopper sees it, with every letter and dash? The whole number or id is compared.</li>
<li>Was it reported? An order that was placed a moment ago may still be in the journal: try again in a few seconds.</li>
<li>Orders that are older than the store's <code>retention</code> are erased.</li>
<li>A click that led to no order is not listed.</li>
</ul>
<p><a href="${pageAt("orders")}">See all orders</a></p></section>`,
    },
  };
}
