import { clicksFrom, landingsOf } from "../../clicks.ts";
import { creditableOrder, creditingOf, keptSince } from "../../crediting.ts";
import { differs } from "../../ledger/both-engines.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { CollectorSettings } from "../../options.ts";
import type { Report } from "./outcome.ts";

/** Tells what reporting an order would come to, without writing anything. Where there is no ledger yet, none stands. */
export function foreseeing(
  { networks, attribution, retention, now }: CollectorSettings,
  ledger: Pick<Ledger, "find"> | undefined,
): Report {
  return async ({ placed, from }) => {
    const found = (await ledger?.find({ number: placed.number })) ?? [];
    // A lead may have the same number.
    const standing = found.filter(({ order }) => order !== undefined);
    if (standing.length > 0) {
      const isOther = standing.some(({ order }) => differs("order", JSON.stringify(order), JSON.stringify(placed)));
      return {
        credited: standing.map(({ network }) => network),
        repeated: true,
        ...(isOther ? { differs: true } : {}),
      };
    }
    const at = now();
    const clicks = clicksFrom(from, landingsOf(networks), at, placed.placedAt);
    const creditable = creditableOrder(placed, keptSince(retention, at));
    const { credited, reason } = creditingOf(creditable, clicks, networks, attribution);
    return {
      credited: credited.map(({ network }) => network.id),
      repeated: false,
      ...(reason === undefined ? {} : { reason }),
    };
  };
}
