import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { bookPage, type NetworkView } from "./book-page.ts";
import { retrackRow, shopbackRow } from "./book-row.ts";
import { bookStyle } from "./book-style.ts";
import { type Answer, type NetworkName, plainText } from "./exchange.ts";
import { faultForm } from "./fault-form.ts";
import { faultInWords, faultSetting } from "./faults.ts";
import type { NetworkServer } from "./network-server.ts";

/** The sandbox's own pages: the book for people and for programs, and the form that sets faults. */
export async function siteAnswer(
  server: NetworkServer,
  method: string,
  path: string,
  incoming: IncomingMessage,
): Promise<Answer> {
  switch (`${method} ${path}`) {
    case "GET /":
      return page(bookPage(views(server), server.accounts));
    case "GET /sandbox.css":
      return { status: 200, headers: { "content-type": "text/css; charset=utf-8" }, body: bookStyle };
    case "GET /book.json":
      return json(bookOf(server));
    case "POST /faults":
      return faultAnswer(server, await text(incoming), incoming.headers["content-type"] ?? "");
    default:
      return plainText(404, "Not found.");
  }
}

function faultAnswer(server: NetworkServer, body: string, contentType: string): Answer {
  const read = faultForm(body, contentType);
  if ("problem" in read) return plainText(400, read.problem);
  const { network, fault, ...options } = read.form;
  server.inForce[network] = fault === null ? null : faultSetting(fault, options);
  return contentType.startsWith("application/json")
    ? json(bookOf(server))
    : { status: 303, headers: { location: "/" }, body: "" };
}

function views({ records: { book }, accounts, ...server }: NetworkServer): Record<NetworkName, NetworkView> {
  return {
    retrack: {
      recorded: book.retrack.map((transaction) => retrackRow(transaction, accounts.retrack)),
      leads: book.leads,
      ...besides("retrack", server),
    },
    shopback: {
      recorded: book.shopback.map((conversion) => shopbackRow(conversion, accounts.shopback)),
      leads: [],
      ...besides("shopback", server),
    },
  };
}

function bookOf({ records: { book }, ...server }: NetworkServer) {
  return {
    retrack: { recorded: book.retrack, leads: book.leads, ...besides("retrack", server) },
    shopback: { recorded: book.shopback, ...besides("shopback", server) },
  };
}

function besides(network: NetworkName, { requests, inForce }: Pick<NetworkServer, "requests" | "inForce">) {
  const fault = inForce[network];
  return {
    refused: requests.filter((request) => request.network === network && request.refusal !== null),
    fault: fault && faultInWords(fault),
  };
}

function page(body: string): Answer {
  return {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy":
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "cache-control": "no-store",
    },
    body,
  };
}

function json(body: unknown): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body, null, 2),
  };
}
