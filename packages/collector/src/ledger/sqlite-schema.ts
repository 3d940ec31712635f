/** One entry a version, forward only: `PRAGMA user_version` counts how many have run. Released entries never change. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE clicks (
    network TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (network, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE orders (
    number TEXT PRIMARY KEY,
    reported_at INTEGER NOT NULL,
    -- Why nobody is credited; null once somebody is.
    uncredited TEXT
  ) STRICT;
  CREATE INDEX orders_uncredited ON orders (reported_at) WHERE uncredited IS NOT NULL;

  CREATE TABLE conversions (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL REFERENCES orders,
    network TEXT NOT NULL,
    click_network TEXT NOT NULL,
    click_id TEXT NOT NULL,
    click_at INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    "order" TEXT NOT NULL,
    reported_at INTEGER NOT NULL,
    UNIQUE (number, network)
  ) STRICT;

  CREATE TABLE postbacks (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversion INTEGER NOT NULL REFERENCES conversions,
    network TEXT NOT NULL,
    step TEXT NOT NULL,
    if_unknown TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    created_at INTEGER NOT NULL,
    -- When it is tried next; of a claimed one, when the claim runs out.
    due_at INTEGER,
    -- The fence: set while an attempt is open, and only its holder settles.
    claim TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    remote_id TEXT,
    reason TEXT
  ) STRICT;
  CREATE INDEX postbacks_due ON postbacks (network, due_at, serial) WHERE state = 'pending';
  CREATE INDEX postbacks_of ON postbacks (conversion);
  CREATE INDEX postbacks_state ON postbacks (state, conversion) WHERE state <> 'delivered';

  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    postback INTEGER NOT NULL REFERENCES postbacks,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL DEFAULT 'sending',
    duration_ms INTEGER,
    status INTEGER,
    reason TEXT
  ) STRICT;
  CREATE INDEX attempts_of ON attempts (postback);
  `,
];
