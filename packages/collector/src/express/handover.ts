import { type Click, clicksIn } from "@cashtrail/client/landing";
import type { Request, RequestHandler } from "express";
import { type Carried, carriedIn, isAlive, isClickId, isSame, timeOf as timeNamed } from "../clicks.ts";
import { keepingLines } from "./arrival.ts";
import { isAskedInBrowser, isKnownInBrowserOnly } from "./consent.ts";
import { sendCookies } from "./cookies.ts";
import { checkDomain, type LandingParts } from "./landing.ts";

/** The script hands its clicks over, so that cookies of a server, which live longer, take the place of its own. */
export function handoverHandler(parts: LandingParts): RequestHandler {
  const differing = new Set<string>();
  return (request, response) => {
    const { landings } = parts;
    const now = parts.now();
    const body = typeof request.body === "string" || Buffer.isBuffer(request.body) ? String(request.body) : "";
    const clock = clockOf(body, now);
    const carried = carriedIn(request.headers.cookie, landings, now);
    const counts = ({ network, id, at }: Click) => {
      const landing = landings.find((one) => one.network === network);
      return landing !== undefined && isClickId(id, landing) && isAlive(at, landing, now);
    };
    // Before consent is asked: what is said of that names the network, and any word could stand there.
    const handedOver = clicksIn(body).filter(
      (click) => counts({ ...click, at: clock.timeOf(click.at) }) && !isOver(click, carried),
    );
    const clicks = consented(request, handedOver, parts, differing);
    if (clicks.length > 0) {
      checkDomain(request, parts, (reason) => parts.ignore((clicks[0] as Click).network, reason));
      const networks = clicks.map(({ network }) => network);
      // The script of an older tab may just have put its click in the place of a newer one.
      const replaced = carried.named.flatMap(({ isCollectors, ...click }) =>
        isCollectors && networks.includes(click.network) && counts(click) && !carried.clicks.some(isSame(click))
          ? [click]
          : [],
      );
      const kept = joined(clicks, carried, replaced, clock);
      parts.keep(kept.filter(({ network }) => networks.includes(network)));
      sendCookies(response, keepingLines(request, kept, networks, carried, parts, now));
    }
    response.status(204).end();
  };
}

interface Clock {
  /** Whether the browser said what time it has. */
  readonly isKnown: boolean;
  /** By the collector's clock, when it was this time by the browser's; never later than now. */
  timeOf(at: Date): Date;
}

/** The browser's clock. What time it has may stand before the clicks, in milliseconds: it may be hours ahead or behind. */
function clockOf(body: string, now: Date): Clock {
  const [, present] = /^(\d{1,15})~/.exec(body) ?? [];
  const ahead = present === undefined ? 0 : Number(present) - +now;
  return { isKnown: present !== undefined, timeOf: (at) => new Date(Math.min(+at - ahead, +now)) };
}

/** The clicks that may be stored, with the reason. Where only the browser can ask, the script says how it did. */
function consented(
  request: Request,
  clicks: readonly Click[],
  { consent, ignore }: LandingParts,
  differing: Set<string>,
): Click[] {
  const { mode } = consent;
  const complain = (reason: string) => {
    for (const network of new Set(clicks.map((click) => click.network))) ignore(network, reason);
  };
  const answer = clicks.length > 0 && consent.answer(request, complain);
  if (answer === true && mode !== "exempt") return clicks.map((click) => ({ ...click, consent: mode }));
  if (answer === true)
    // What the script says is kept where nobody here was asked.
    return clicks.map((click) => {
      const { network, consent: said = mode } = click;
      // Once: it is said of every shopper, and is the same mistake each time.
      if (isAskedInBrowser(said) && !differing.has(said)) {
        differing.add(said);
        ignore(
          network,
          `the script asks for consent by ${said}, and the collector keeps clicks without: set consent to the same as data-consent; what the script hands over is kept`,
        );
      }
      return { ...click, consent: said };
    });
  if (!isKnownInBrowserOnly(mode)) return [];
  const agreed = clicks.filter((click) => click.consent === mode);
  if (agreed.length < clicks.length)
    complain(`the script's consent is not the collector's, ${mode}: set data-consent to the same`);
  return agreed;
}

/** Whether the script has written what the cookies say of this click, and with that has kept it just now. */
function isJustWritten(click: Click, { named }: Carried): boolean {
  const entries = named.filter(isSame(click));
  return entries.length > 0 && entries.every(({ isCollectors, at }) => !isCollectors && +at === +click.at);
}

/** Whether it is a click of before, which is over by now or was replaced by another. */
function isOver(click: Click, carried: Carried): boolean {
  return carried.named.some(isSame(click)) && !carried.clicks.some(isSame(click)) && !isJustWritten(click, carried);
}

/**
 * The clicks handed over and those the cookies keep, the last one first and one of each network.
 *
 * One that is kept already stays in its place and keeps its time: the script cannot see cookies that are hidden from it,
 * and hands a click over on each reload. Only one that the script has just written there is as old as it says.
 */
function joined(
  clicks: readonly Click[],
  carried: Carried,
  replaced: readonly Click[],
  { isKnown, timeOf }: Clock,
): Click[] {
  const kept = carried.clicks;
  const fresh = clicks.filter((click) => !kept.some(isSame(click)));
  let latest = Number.POSITIVE_INFINITY;
  const stayed = kept.map((click) => {
    const again = clicks.find(isSame(click));
    const isWritten = carried.named.some((one) => one.isCollectors && isSame(click)(one));
    const said = again ? +timeOf(again.at) : +click.at;
    const isCorrected = isKnown && again !== undefined && isJustWritten(again, carried);
    const at = isWritten ? +timeNamed(click, carried.named) : isCorrected ? said : Math.min(said, +click.at, latest);
    latest = Math.min(latest, at);
    return { ...click, ...again, at: new Date(at) };
  });
  const all = [...fresh.map((click) => ({ ...click, at: timeOf(click.at) })), ...stayed, ...replaced];
  // One that waited for consent may be older than one that did not.
  if (isKnown) all.sort((a, b) => +b.at - +a.at);
  return all.filter((click, index) => all.findIndex(({ network }) => network === click.network) === index);
}
