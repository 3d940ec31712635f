import { type Changed, type Collector, CollectorError } from "@cashtrail/collector";
import { type Request, Router } from "express";
import { conflictNotice, type Deed, doneNotice, type Notice } from "./desk-notice.ts";
import { fieldIn } from "./form-field.ts";
import type { Frame } from "./frame.ts";
import { deskPage } from "./pages/desk.ts";
import { isAllReturned, type PlacedOrder } from "./placed-order.ts";
import type { Sessions } from "./session.ts";

export interface DeskParts {
  readonly cashtrail: Collector;
  readonly orders: ReadonlyMap<string, PlacedOrder>;
  readonly sessions: Sessions;
  readonly frameOf: (req: Request) => Frame;
  /** Told what is done at the desk, in words. */
  readonly onStep: (step: string) => void;
}

const BY = "desk";

/** The store's own page for what becomes of orders: returned in part, returned whole, or kept. */
export function createDesk({ cashtrail, orders, sessions, frameOf, onStep }: DeskParts): Router {
  const desk = Router();

  desk.get("/", async (req, res) => {
    const session = sessions.of(req);
    const notice = session?.notice;
    delete session?.notice;
    const newestFirst = [...orders.values()].reverse();
    const entries = newestFirst.map(async (placed) => ({
      placed,
      conversions: await cashtrail.find({ number: placed.order.number }),
    }));
    res.send(deskPage({ ...frameOf(req), path: "/desk" }, await Promise.all(entries), notice));
  });

  desk.post("/:number/return", async (req, res, next) => {
    const placed = orders.get(req.params.number);
    const sku = fieldIn(req, "sku");
    const line = placed?.order.lines.find((one) => one.sku === sku);
    if (!placed || (sku && !line)) return next();
    const { number, lines } = placed.order;
    if (line) {
      onStep(`takes back ${line.quantity} × ${line.name} of order ${number}`);
      sessions.open(req, res).notice = await noticeOf(
        placed,
        { kind: "line", quantity: line.quantity, name: line.name },
        () => cashtrail.reject(number, { lines: [sku], by: BY, reason: "returned" }),
        () => void placed.returned.add(sku),
      );
    } else {
      const kind = placed.returned.size === 0 ? "whole" : "rest";
      onStep(`takes back the ${kind} of order ${number}`);
      sessions.open(req, res).notice = await noticeOf(
        placed,
        { kind },
        () => cashtrail.reject(number, { by: BY, reason: "returned" }),
        () => lines.forEach((one) => void placed.returned.add(one.sku)),
      );
    }
    res.redirect(303, `/desk#order-${number}`);
  });

  desk.post("/:number/close", async (req, res, next) => {
    const placed = orders.get(req.params.number);
    if (!placed) return next();
    const { number } = placed.order;
    onStep(`closes order ${number}: the return period is over`);
    sessions.open(req, res).notice = await noticeOf(
      placed,
      { kind: "close" },
      () => cashtrail.approve(number, { by: BY, reason: "the return period is over" }),
      () => {
        placed.isClosed = true;
      },
    );
    res.redirect(303, `/desk#order-${number}`);
  });

  /** Tells the collector, and then the store's own order: what contradicts what is decided changes neither. */
  async function noticeOf(
    placed: PlacedOrder,
    deed: Deed,
    tell: () => Promise<Changed>,
    keep: () => void,
  ): Promise<Notice> {
    const { number } = placed.order;
    try {
      const changed = await tell();
      keep();
      return doneNotice(number, deed, changed, isAllReturned(placed));
    } catch (error) {
      if (!(error instanceof CollectorError && error.code === "ERR_CONFLICT")) throw error;
      onStep(`is told no: ${error.message}`);
      return conflictNotice(number, error.message);
    }
  }

  return desk;
}
