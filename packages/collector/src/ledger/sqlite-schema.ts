/** One entry a version, forward only: `PRAGMA user_version` counts how many have run. Released entries never change. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE clicks (
    network TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- Why it was stored: the mode of consent.
    consent TEXT,
    PRIMARY KEY (network, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX clicks_at ON clicks (at);

  -- What was reported, credited or not: a number is of one order and of one lead.
  CREATE TABLE reports (
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    reported_at INTEGER NOT NULL,
    -- Why nobody is credited; null once somebody is.
    uncredited TEXT,
    PRIMARY KEY (kind, number)
  ) STRICT;
  CREATE INDEX reports_uncredited ON reports (reported_at) WHERE uncredited IS NOT NULL;

  CREATE TABLE conversions (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    network TEXT NOT NULL,
    click_network TEXT NOT NULL,
    click_id TEXT NOT NULL,
    click_at INTEGER NOT NULL,
    click_consent TEXT,
    click_hash INTEGER NOT NULL,
    -- Whether it may be asked who else has the click.
    asks_click INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',
    -- The order or the lead.
    subject TEXT NOT NULL,
    lines TEXT NOT NULL DEFAULT '{}',
    amount TEXT,
    revision INTEGER NOT NULL DEFAULT 0,
    reported_at INTEGER NOT NULL,
    UNIQUE (number, network, kind),
    FOREIGN KEY (kind, number) REFERENCES reports
  ) STRICT;
  CREATE INDEX conversions_reported ON conversions (reported_at);
  CREATE INDEX conversions_listed ON conversions (network, status);
  -- Each 8192 conversions apart, so that those being added are all written to the same few pages.
  CREATE INDEX conversions_by_click ON conversions (id >> 13, click_hash);
  CREATE INDEX conversions_click ON conversions (click_id) WHERE asks_click = 1;

  CREATE TABLE postbacks (
    serial INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversion INTEGER NOT NULL REFERENCES conversions,
    network TEXT NOT NULL,
    kind TEXT NOT NULL,
    line TEXT,
    step TEXT NOT NULL,
    if_unknown TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    created_at INTEGER NOT NULL,
    -- Tries and age are counted from here: from when it could first be sent, or was sent again by a person.
    begun_at INTEGER NOT NULL,
    -- When it is tried next; of a claimed one, when the claim runs out; of one that waits for another, null.
    due_at INTEGER,
    -- The fence: set while an attempt is open, and only its holder settles.
    claim TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    remote_id TEXT,
    reason TEXT
  ) STRICT;
  CREATE INDEX postbacks_due ON postbacks (network, due_at, serial) WHERE state = 'pending';
  CREATE INDEX postbacks_of ON postbacks (conversion);
  CREATE INDEX postbacks_undelivered ON postbacks (state, network, conversion) WHERE state <> 'delivered';

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

  CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    conversion INTEGER NOT NULL REFERENCES conversions,
    postback INTEGER REFERENCES postbacks,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    -- What the postback became.
    state TEXT,
    decided_by TEXT NOT NULL,
    reason TEXT
  ) STRICT;
  CREATE INDEX decisions_of ON decisions (conversion);

  -- What happened, counted one by one as it did: nothing waits for another to write the same row.
  CREATE TABLE tallies (
    -- Counted from 1970, in UTC.
    day INTEGER NOT NULL,
    network TEXT NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    -- Of what was delivered: how long that took, summed.
    ms INTEGER NOT NULL
  ) STRICT;
  -- And summed up later.
  CREATE TABLE folded_tallies (
    day INTEGER NOT NULL,
    network TEXT NOT NULL,
    what TEXT NOT NULL,
    count INTEGER NOT NULL,
    ms INTEGER NOT NULL,
    PRIMARY KEY (day, network, what)
  ) STRICT, WITHOUT ROWID;

  -- One row, written anew to find out whether the disk takes anything.
  CREATE TABLE probe (
    id INTEGER PRIMARY KEY,
    filling BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- Erasing a postback looks for the decisions about it.
  CREATE INDEX decisions_about ON decisions (postback) WHERE postback IS NOT NULL;
  `,
];
