import { pageAt } from "./fields.ts";
import { html } from "./html.ts";
import { orderTable } from "./orders.ts";
import type { Reply, Visit } from "./visit.ts";

const SHOWN = 100;

/** Finds an order by its number or by its click's id. Asked by POST, so that no log and no history keeps a click id. */
export async function search({ calls, form, show }: Visit): Promise<Reply> {
  const text = form.get("text");
  if (text === "") return { to: pageAt("orders") };
  const [byNumber, byClick] = await Promise.all([
    calls.find({ number: text, limit: SHOWN }),
    calls.find({ click: text, limit: SHOWN }),
  ]);
  const found = [...new Map([...byNumber, ...byClick].map((one) => [one.serial, one])).values()];
  const numbers = new Set(found.map(({ number }) => number));
  const [first] = numbers;
  if (numbers.size === 1) return { to: pageAt("order", { number: first }) };
  if (numbers.size > 1)
    return {
      sought: text,
      page: {
        title: "Search",
        body: html`<h1>Several orders have this click</h1>
<p class="faint">A click can bring several orders; ShopBack's is good for one.</p>
<section class="card list" aria-label="Orders found">${orderTable(found, show)}</section>`,
      },
    };
  const reason = await calls.uncreditedReason(text);
  if (reason !== undefined) return { to: pageAt("order", { number: text }) };
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
