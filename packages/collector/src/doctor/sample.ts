import currencyCodes from "currency-codes";
import type { Conversion, Json, LineDecision, Network } from "../network.ts";

/** What an account would send for a small order, made to be shown and never sent. */
export interface Sample {
  readonly conversion: Conversion;
  /** It holds no secret. */
  readonly step: Json;
  /** Whether it is of a line, and each has one of its own. */
  readonly isOfALine: boolean;
  /** Whether a person decides where its answer was lost. */
  readonly isHeld: boolean;
  /** The currencies the account takes; undefined where it takes any. */
  readonly currencies: readonly string[] | undefined;
}

/** Asked for first, so that an account of many currencies shows one of these. */
const USUAL = ["SEK", "MYR", "SGD", "EUR", "USD"];

/** The first step of an order of one line at 125.00 with 25.00 VAT, in a currency the account takes. */
export function sampleOf(network: Network): Sample | undefined {
  const all = [...new Set([...USUAL, ...currencyCodes.codes()])];
  const taken = all.filter((currency) => network.refusal(conversionIn(network, currency)) === undefined);
  const [currency] = taken;
  if (currency === undefined) return;
  const conversion = conversionIn(network, currency);
  const [create] = network.postbacks(conversion);
  // One that takes several takes all but those with decimals it cannot write.
  return (
    create && {
      ...{ conversion, step: create.step, isOfALine: create.line !== undefined, isHeld: create.ifUnknown === "hold" },
      currencies: taken.length > 9 ? undefined : taken,
    }
  );
}

/** Why the account can be told of no approval, or undefined where it can. */
export function approvalRefusal(network: Network, { conversion }: Sample): string | undefined {
  const lines: Record<string, LineDecision> = { "sample-1": { status: "approved" } };
  const approved: Conversion = {
    ...conversion,
    status: "approved",
    lines,
    told: network.postbacks(conversion).slice(0, 1),
  };
  const refusal = network.refusal(approved);
  if (refusal !== undefined) return refusal;
  return network.postbacks(approved).some(({ kind }) => kind === "approve") ? undefined : network.untold.approve;
}

function conversionIn({ landing, market }: Network, currency: string): Conversion {
  const at = new Date("2026-01-31T12:00:00Z");
  return {
    order: {
      number: "TEST-1",
      currency,
      lines: [{ sku: "sample-1", name: "Sample", quantity: 1, net: 10_000, vat: 2_500 }],
      placedAt: at,
      ...(market === undefined ? {} : { market }),
    },
    click: { network: landing.network, id: "CLICK-ID", at },
    status: "pending",
    lines: {},
    told: [],
  };
}
