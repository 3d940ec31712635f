import type { DatabaseSync } from "node:sqlite";
import type { Click } from "@cashtrail/client/landing";
import type { Postback } from "../network.ts";
import type { Entry, Recorded } from "./ledger.ts";
import type { Operations } from "./sqlite-operations.ts";
import type { OrderPostbacks } from "./sqlite-successors.ts";

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
    readonly click: readonly [network: string, id: string, at: number];
    readonly postbacks: readonly PostbackRow[];
  }[];
}

type PostbackRow = readonly [id: string, kind: string, line: string | null, step: string, ifUnknown: string];

export function rowsOf({ order, lead, conversions, reason }: Entry): EntryRows {
  return {
    kind: order ? "order" : "lead",
    number: order ? order.number : lead.reference,
    subject: JSON.stringify(order ?? lead),
    reason,
    conversions: conversions.map(({ network, click, postbacks }) => ({
      network,
      click: [click.network, click.id, +click.at],
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

export function recording(
  database: DatabaseSync,
  orderPostbacks: OrderPostbacks,
): Pick<Operations, "remember"> & { record(now: number, rows: EntryRows): Recorded } {
  const { addFirst } = postbackAdder(database);
  const networksOf = database.prepare("SELECT network FROM conversions WHERE kind = ? AND number = ? ORDER BY id");
  const addReport = database.prepare(
    "INSERT INTO reports (kind, number, reported_at, uncredited) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const changeReport = database.prepare("UPDATE reports SET uncredited = ? WHERE kind = ? AND number = ?");
  const addConversion = database.prepare(
    `INSERT INTO conversions (kind, number, network, click_network, click_id, click_at, subject, reported_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addClick = database.prepare("INSERT INTO clicks (network, id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");

  function record(now: number, { kind, number, subject, conversions, reason }: EntryRows): Recorded {
    const uncredited = conversions.length > 0 ? null : (reason ?? "");
    if (addReport.run(kind, number, now, uncredited).changes === 0) {
      const credited = networksOf.all(kind, number).map(({ network }) => network as string);
      if (credited.length > 0) return { credited, repeated: true };
      changeReport.run(uncredited, kind, number);
    }
    for (const { network, click, postbacks } of conversions) {
      const conversion = Number(addConversion.run(kind, number, network, ...click, subject, now).lastInsertRowid);
      for (const postback of postbacks) addFirst(now, conversion, network, postback);
      if (postbacks.length > 1) orderPostbacks(conversion, now);
    }
    return {
      credited: conversions.map(({ network }) => network),
      ...(reason === undefined ? {} : { reason }),
      repeated: false,
    };
  }

  function remember(_now: number, clicks: readonly Click[]): void {
    for (const { network, id, at } of clicks) addClick.run(network, id, +at);
  }

  return { record, remember };
}
