import { clicksInCookies, cookieOf, parseClicks } from "../../clicks.ts";
import { creditingOf } from "../../crediting.ts";
import { differs } from "../../ledger/kept.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { CollectorSettings } from "../../options.ts";
import type { Report } from "./outcome.ts";

/** Tells what reporting an order would come to, without writing anything. Where there is no ledger yet, none stands. */
export function foreseeing(
  { networks, attribution, now }: CollectorSettings,
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
    const landings = networks.map(({ landing }) => landing);
    // Of two accounts of one network a click is there twice, and counts once.
    const at = now();
    const then = new Date(Math.min(+placed.placedAt, +at));
    const clicks = "clicks" in from ? parseClicks(from.clicks) : clicksInCookies(cookieOf(from), landings, at, then);
    const { credited, reason } = creditingOf(
      {
        kind: "order",
        market: placed.market,
        placedAt: placed.placedAt,
        refusal: (network, click) => network.refusal({ order: placed, click, status: "pending", lines: {}, told: [] }),
      },
      clicks,
      networks,
      attribution,
    );
    return {
      credited: credited.map(({ network }) => network.id),
      repeated: false,
      ...(reason === undefined ? {} : { reason }),
    };
  };
}
