import type { DatabaseSync } from "node:sqlite";
import type { Click } from "@cashtrail/client/landing";
import type { Postback } from "../network.ts";
import { asksForClick, differs, hashOf } from "./both-engines.ts";
import type { Entry, Written } from "./ledger.ts";
import type { Operations, OperationsParts } from "./sqlite-operations.ts";

/**
 * An entry as its rows will be. It is made before it goes to the ledger's thread: texts are copied there at a fraction
 * of what objects cost, and the thread is what all orders share.
 */
export interface EntryRows {
  readonly kind: "order" | "lead";
  readonly number: string;
  readonly subject: string;
  readonly reason: string | undefined;
  readonly conversions: readonly {
    readonly network: string;
    readonly click: readonly [
      ...[network: string, id: string, at: number, consent: string | null],
      ...[hash: number, asks: number],
    ];
    readonly postbacks: readonly PostbackRow[];
  }[];
}

type PostbackRow = readonly [id: string, kind: string, line: string | null, step: string, ifUnknown: string];

export function rowsOf({ order, lead, conversions, reason }: Entry): EntryRows {
  return {
    kind: order ? "order" : "lead",
    number: order ? order.number : lead.reference,
    // The time as text: `JSON.stringify` takes four times as long where it finds a Date.
    subject: JSON.stringify(
      order ? { ...order, placedAt: order.placedAt.toISOString() } : { ...lead, at: lead.at.toISOString() },
    ),
    reason,
    conversions: conversions.map(({ network, click, postbacks }) => ({
      network,
      click: [
        ...([click.network, click.id, +click.at, click.consent ?? null] as const),
        ...([hashOf(click.id), Number(asksForClick(postbacks))] as const),
      ],
      postbacks: postbacks.map(postbackRow),
    })),
  };
}

function postbackRow({ id, kind, line, step, ifUnknown }: Postback): PostbackRow {
  return [id, kind, line ?? null, JSON.stringify(step), JSON.stringify(ifUnknown)];
}

/** Adds postbacks to a conversion, behind those it has: whoever adds them puts them in order. */
export function postbackAdder(database: DatabaseSync) {
  const add = database.prepare(
    `INSERT INTO postbacks (id, conversion, network, kind, line, step, if_unknown, created_at, begun_at, due_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const replace = database.prepare(
    `UPDATE postbacks SET step = ?, if_unknown = ?, state = 'pending', begun_at = ?, due_at = ?, tries = 0, reason = NULL
     WHERE id = ? AND conversion = ? AND state = 'cancelled'`,
  );
  const addRow = (now: number, conversion: number, network: string, [id, ...row]: PostbackRow): void =>
    void add.run(id, conversion, network, ...row, now, now, now);
  return {
    /** To a conversion that has none. */
    addFirst: addRow,
    /** To one that has some: of a cancelled one with the same id, it takes the place. */
    addLater(now: number, conversion: number, network: string, postback: Postback): void {
      const row = postbackRow(postback);
      const [id, , , step, ifUnknown] = row;
      if (replace.run(step, ifUnknown, now, now, id, conversion).changes === 0) addRow(now, conversion, network, row);
    },
  };
}

export function recording({ database, orderPostbacks, count }: OperationsParts): Pick<
  Operations,
  "probe" | "remember"
> & {
  record(now: number, rows: EntryRows): Written;
} {
  const { addFirst } = postbackAdder(database);
  const creditsOf = database.prepare(
    "SELECT network, subject FROM conversions WHERE kind = ? AND number = ? ORDER BY id",
  );
  const addReport = database.prepare(
    "INSERT INTO reports (kind, number, reported_at, uncredited) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const changeReport = database.prepare("UPDATE reports SET uncredited = ? WHERE kind = ? AND number = ?");
  const addConversion = database.prepare(
    `INSERT INTO conversions
       (kind, number, network, click_network, click_id, click_at, click_consent, click_hash, asks_click,
        subject, reported_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addClick = database.prepare(
    "INSERT INTO clicks (network, id, at, consent) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );

  // An order is written to the page of each of its tables and indexes: to some 15 of 4 kB.
  const probe = database.prepare("INSERT OR REPLACE INTO probe (id, filling) VALUES (1, randomblob(65536))");

  function record(now: number, { kind, number, subject, conversions, reason }: EntryRows): Written {
    const uncredited = conversions.length > 0 ? null : (reason ?? "");
    const isNew = addReport.run(kind, number, now, uncredited).changes > 0;
    if (isNew) count(now, conversions[0]?.network ?? "", "reported");
    else {
      const before = creditedBefore(kind, number, subject);
      if (before) return before;
      changeReport.run(uncredited, kind, number);
    }
    for (const { network, click, postbacks } of conversions) {
      const conversion = Number(addConversion.run(kind, number, network, ...click, subject, now).lastInsertRowid);
      for (const postback of postbacks) addFirst(now, conversion, network, postback);
      if (postbacks.length > 1) orderPostbacks(conversion, now);
      count(now, network, "credited");
    }
    return {
      credited: conversions.map(({ network }) => network),
      ...(reason === undefined ? {} : { reason }),
      repeated: false,
      ...(isNew ? {} : { again: true }),
    };
  }

  /** The first answer stands. */
  function creditedBefore(kind: EntryRows["kind"], number: string, subject: string): Written | undefined {
    const credits = creditsOf.all(kind, number);
    if (credits.length === 0) return undefined;
    const isOther = credits.some((credit) => differs(kind, credit.subject as string, subject));
    const credited = credits.map(({ network }) => network as string);
    return { credited, repeated: true, ...(isOther ? { differs: true } : {}) };
  }

  function remember(now: number, clicks: readonly Click[]): void {
    for (const { network, id, at, consent } of clicks)
      if (addClick.run(network, id, +at, consent ?? null).changes > 0) count(now, network, "click");
  }

  return { record, probe: () => void probe.run(), remember };
}
