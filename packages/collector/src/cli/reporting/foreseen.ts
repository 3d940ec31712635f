import { parseClicks } from "../../clicks.ts";
import { creditingOf } from "../../crediting.ts";
import type { Reported } from "../../reporting.ts";
import type { Opened } from "../opened.ts";
import type { Item } from "./item.ts";

/** What reporting an order would come to, as far as can be told without writing anything. */
export async function foreseen(
  { placed, from }: NonNullable<Item["order"]>,
  { collector, config: { settings } }: Opened,
): Promise<Reported> {
  const standing = await collector.find({ number: placed.number });
  if (standing.length > 0) return { credited: standing.map(({ network }) => network), repeated: true };
  const clicks = "clicks" in from ? parseClicks(from.clicks) : collector.clicksOf(from);
  const { credited, reason } = creditingOf(
    {
      market: placed.market,
      placedAt: placed.placedAt,
      refusal: (network, click) => network.refusal({ order: placed, click, status: "pending", lines: {}, told: [] }),
    },
    clicks,
    settings.networks,
    settings.attribution,
  );
  return {
    credited: credited.map(({ network }) => network.id),
    repeated: false,
    ...(reason === undefined ? {} : { reason }),
  };
}
