import {
  decimal,
  defineNetwork,
  type HttpResponse,
  idPart,
  leftOf,
  mayTryLater,
  type Network,
  shortWords,
  sumOf,
  type Verdict,
  withoutSecrets,
} from "@cashtrail/collector";

/** What is kept of the next request. It is JSON, holds no token, and says all that the request needs. */
type Step =
  /** `again`: sent before, with an unknown end, and not found since. */
  | { readonly create: Sale; readonly again?: true }
  /** What settles the doubt after an unanswered create: Coinback is asked whether it has the sale. */
  | { readonly find: Sale }
  | { readonly cancel: string };

interface Sale {
  readonly [key: string]: string;
  readonly click: string;
  readonly order: string;
  readonly amount: string;
  readonly currency: string;
}

/** A network that does not exist, and has one of everything: a create, a look-up, a cancellation. */
export function coinback({ token }: { token: string }): Network<Step> {
  const api = "https://api.coinback.example/v1/sales";
  const headers = { accept: "application/json", authorization: `Bearer ${token}` };
  return defineNetwork<Step>({
    id: "coinback",
    landing: {
      network: "coinback",
      parameter: "coin",
      cookie: "coinback_click",
      days: 14,
      // Its first letters are its own, so that no other network's ids are taken for it.
      id: /^cb-[\da-f]{16}$/,
    },
    settleSeconds: 30,
    untold: {
      update: "Coinback takes no changes: it is told of the order once, and of its rejection",
      approve: "Coinback approves by itself after 30 days",
      reject: "Coinback takes back whole orders only",
    },
    refusal: ({ order, status, amount, told }) => {
      if (amount && told.length > 0) return "Coinback takes no other amount once it has the order";
      if (status !== "rejected" && told.some(({ kind }) => kind === "reject"))
        return "Coinback was told that the order is rejected, and has no way back";
      return order.currency === "EUR" ? undefined : `Coinback takes EUR, and the order is in ${order.currency}`;
    },
    postbacks({ order, click, status, lines, amount, told }) {
      const name = `coinback/${idPart(order.number)}`;
      if (told.some(({ kind }) => kind === "reject")) return [];
      if (told.length > 0)
        return status === "rejected"
          ? // The same cancellation twice is one.
            [{ id: `${name}/reject`, kind: "reject", step: { cancel: order.number }, ifUnknown: "repeat" }]
          : [];
      // Its own property: a SKU may be called what every object has, like "constructor".
      const isLeft = (sku: string) => !Object.hasOwn(lines, sku) || lines[sku]?.status !== "rejected";
      const left = status === "rejected" ? undefined : leftOf(order, isLeft);
      if (!left) return [];
      const create = {
        click: click.id,
        order: order.number,
        // In major units, without VAT.
        amount: decimal((amount ?? sumOf(left)).net, 2),
        currency: order.currency,
      };
      return [{ id: `${name}/create`, kind: "create", step: { create }, ifUnknown: { ask: { find: create } } }];
    },
    request(step) {
      if ("find" in step) return { method: "GET", url: `${api}?order=${encodeURIComponent(step.find.order)}`, headers };
      const [url, body] = "create" in step ? [api, step.create] : [`${api}/cancel`, { order: step.cancel }];
      const withType = { ...headers, "content-type": "application/json" };
      return { method: "POST", url, headers: withType, body: JSON.stringify(body) };
    },
    verdict(response, step) {
      const hidden = [token, "create" in step ? step.create.click : "find" in step ? step.find.click : ""];
      if (response.status !== 200) return refusalOf(response, step, hidden);
      const sales = salesIn(response);
      const retryOrUnknown = "find" in step ? "retry" : "unknown";
      if (!sales) return { kind: retryOrUnknown, reason: "HTTP 200 without the list of sales Coinback answers with" };
      const number = "create" in step ? step.create.order : "find" in step ? step.find.order : step.cancel;
      const sale = sales.find(({ order }) => order === number);
      if (sale) return { kind: "accepted", ...("cancel" in step ? {} : { remoteId: sale.id }) };
      return "find" in step && sales.length === 0
        ? { kind: "next", step: { create: step.find, again: true }, reason: "Coinback does not have the order" }
        : { kind: "hold", reason: "Coinback answered with other orders" };
    },
  });
}

function refusalOf({ status, body }: HttpResponse, step: Step, hidden: string[]): Verdict<Step> {
  // Cut out before anything is kept: networks like to repeat what they were sent.
  const said = /"error":"([^"\\]*)"/.exec(withoutSecrets(body, hidden))?.[1];
  const reason = said ? `HTTP ${status}: ${shortWords(said)}` : `HTTP ${status}`;
  if (mayTryLater(status) || "find" in step) return { kind: "retry", reason };
  if (status < 400 || status > 499) return { kind: "unknown", reason };
  // Of the request before, whose end is unknown, a no to this one says nothing.
  return { kind: "again" in step ? "hold" : "refused", reason };
}

function salesIn({ body }: HttpResponse): { id: string; order: string }[] | undefined {
  try {
    const { sales } = JSON.parse(body);
    const isSale = (one: unknown) => typeof Object(one).id === "string" && typeof Object(one).order === "string";
    return Array.isArray(sales) && sales.every(isSale) ? sales : undefined;
  } catch {
    return undefined;
  }
}
