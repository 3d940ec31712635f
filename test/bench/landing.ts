import express from "express";
import { Agent, request } from "undici";
import { clickFigures } from "./landing-click.ts";
import { inTurn, type Measured, rateOf } from "./measured.ts";
import { freshPlace } from "./place.ts";
import { serve } from "./serve.ts";
import type { Progress, Sizes } from "./sizes.ts";
import { CLICK, collectorAt, NOWHERE } from "./store.ts";

const AT_ONCE = 32;

export async function landingFigures(sizes: Sizes, progress: Progress): Promise<Measured[]> {
  return [...(await rateFigures(sizes)), ...(await clickFigures(sizes, progress))];
}

/** The redirect page, against a bare Express route that sets one cookie and redirects. */
async function rateFigures({ rounds, landings }: Sizes): Promise<Measured[]> {
  const place = await freshPlace();
  const collector = collectorAt(place, NOWHERE);
  const store = express();
  store.get("/retrack", collector.redirect);
  store.get("/bare", (incoming, answer) => {
    answer.cookie("retrack_click", incoming.query.click, { maxAge: 864_000_000, secure: true, sameSite: "lax" });
    answer.redirect("/some-product");
  });
  const { port, close } = await serve(store);
  const dispatcher = new Agent({ connections: AT_ONCE, pipelining: 1 });
  const land = (path: string) =>
    rateOf(landings, AT_ONCE, async () => {
      const url = `http://127.0.0.1:${port}${path}?click=${CLICK}&deeplink=%2Fsome-product`;
      const answer = await request(url, { dispatcher });
      await answer.body.dump();
    });
  const { ours, bare } = await inTurn(rounds, { ours: () => land("/retrack"), bare: () => land("/bare") });
  await dispatcher.destroy();
  close();
  await collector.stop();
  await place.remove();
  return [
    {
      what: "the redirect page",
      unit: "/s",
      ours,
      peer: { name: "bare Express route", figures: bare },
      bar: { atLeast: 0.7 },
    },
  ];
}
