import type { Landing } from "@cashtrail/client/landing";
import { z } from "zod";
import { isLoopback } from "../loopback.ts";
import type { Network } from "../network.ts";

/** What the settings of every network's account have in common. */

// What settings files and shells leave behind where a token was meant to be.
const PLACEHOLDER =
  /^(?:undefined|null|none|todo|tbd|fixme|dummy|example|placeholder|n\/a|-{3,}|(?:change|replace)[-_]?me|x{3,}|\*+|\.{3,}|<.*>|\{.*\}|\$.*|(?:your|insert|enter|replace|put)[-_].*|your(?:api)?token|\w*token[-_]here|process\.env\..*|%.*%|\[.*\])$/i;

/** A secret that goes into a header or a query. No message of these ever repeats it. */
export const secret = z
  .string({ error: "is missing: set it to the token the network gave you" })
  .min(1, "is empty: set it to the token the network gave you")
  .regex(/^[\x21-\x7e]*$/, "must be printable characters without spaces")
  .refine((value) => !PLACEHOLDER.test(value), "is a placeholder: set it to the token the network gave you");

/** A landing's settings: networks let stores choose the parameter's name, and one of them names no lifetime. */
export const parameter = z.string().regex(/^[\w-]{1,64}$/, "must be letters, digits, _ or -");
export const days = z
  .number({ error: "a number of days is wanted" })
  .positive("must be more than 0")
  .max(400, "must be at most 400: no browser keeps longer");
export const market = z.string().min(1, "must not be empty").max(64, "must be no longer than 64 characters");

/**
 * A base URL: https, or http to this machine. Anything else would carry the token readable over the network, and is
 * taken only where `tokenInCleartext` says that this is wanted.
 */
export const url = z.string().transform((value, context) => {
  const parsed = URL.parse(value);
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.href === `${parsed.origin}/`) return parsed.origin;
  context.addIssue({ code: "custom", message: "must be scheme, host and port only, like https://api.example.com" });
  return z.NEVER;
});

/** An account's id: `retrack`, `shopback:MY`. */
export function accountId(network: string, market: string | undefined): string {
  return market === undefined ? network : `${network}:${market}`;
}

/** What an account's id is made of. */
export function partsOf(id: string): [network: string, ...market: string[]] {
  return id.split(":") as [string, ...string[]];
}

/** What tells an account from others: several of one network differ by their market. */
export function identityOf(
  landing: Landing,
  { market, parameter, days }: { market?: string | undefined; parameter: string; days: number },
): Pick<Network, "id" | "landing" | "market"> {
  const { network } = landing;
  return {
    id: accountId(network, market),
    landing: { ...landing, parameter, days },
    market,
  };
}

/** Refuses a token in clear text, where nobody has said that it is wanted. */
export function refuseCleartext(
  settings: { url: string; tokenInCleartext?: boolean | undefined },
  context: z.RefinementCtx,
): void {
  const { protocol, hostname } = new URL(settings.url);
  if (protocol === "https:" || isLoopback(hostname) || settings.tokenInCleartext) return;
  context.addIssue({
    code: "custom",
    path: ["url"],
    message:
      "must be https: over http anybody on the way can read the token. If the network insists, set tokenInCleartext: true",
  });
}
