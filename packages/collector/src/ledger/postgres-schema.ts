/**
 * One entry a version, forward only: `cashtrail.schema` holds how many have run. Released entries never change.
 *
 * Keys compare by their bytes (`COLLATE "C"`): an index in a language's order breaks when the system's collations change.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE cashtrail.clicks (
    network text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    -- Why it was stored: the mode of consent.
    consent text,
    PRIMARY KEY (network, id)
  );
  CREATE INDEX clicks_at ON cashtrail.clicks (at);

  -- What was reported, credited or not: a number is of one order and of one lead.
  CREATE TABLE cashtrail.reports (
    kind text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    serial bigint GENERATED ALWAYS AS IDENTITY,
    reported_at bigint NOT NULL,
    -- Why nobody is credited; null once somebody is.
    uncredited text,
    PRIMARY KEY (kind, number)
  );
  CREATE INDEX reports_uncredited ON cashtrail.reports (reported_at, serial) WHERE uncredited IS NOT NULL;

  CREATE TABLE cashtrail.conversions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    network text COLLATE "C" NOT NULL,
    click_network text NOT NULL,
    click_id text NOT NULL,
    click_at bigint NOT NULL,
    click_consent text,
    click_hash integer NOT NULL,
    -- Whether it may be asked who else has the click.
    asks_click boolean NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'pending',
    -- The order or the lead. Text, not jsonb: it comes back as it was, to the order of its keys.
    subject text NOT NULL,
    lines text NOT NULL DEFAULT '{}',
    amount text,
    revision integer NOT NULL DEFAULT 0,
    reported_at bigint NOT NULL,
    UNIQUE (number, network, kind),
    FOREIGN KEY (kind, number) REFERENCES cashtrail.reports
  );
  CREATE INDEX conversions_reported ON cashtrail.conversions (reported_at, id);
  CREATE INDEX conversions_listed ON cashtrail.conversions (network, status, (-id));
  -- Each 8192 conversions apart, so that those being added are all written to the same few pages.
  CREATE INDEX conversions_by_click ON cashtrail.conversions ((id >> 13), click_hash);
  CREATE INDEX conversions_click ON cashtrail.conversions (click_id) WHERE asks_click;

  -- Each postback is written several times and then rests: there is room for that beside it, and vacuum comes often.
  CREATE TABLE cashtrail.postbacks (
    serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    conversion bigint NOT NULL REFERENCES cashtrail.conversions,
    network text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    line text COLLATE "C",
    step text NOT NULL,
    if_unknown text NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'pending',
    created_at bigint NOT NULL,
    -- Age is counted from here: from when it could first be sent, or was sent again by a person.
    begun_at bigint NOT NULL,
    -- When it is tried next; of a claimed one, when the claim runs out; of one that waits for another, null.
    due_at bigint,
    -- The fence: set while an attempt is open, and only its holder settles.
    claim text,
    tries integer NOT NULL DEFAULT 0,
    remote_id text,
    reason text
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
  CREATE INDEX postbacks_due ON cashtrail.postbacks (network, due_at, serial) WHERE state = 'pending';
  CREATE INDEX postbacks_of ON cashtrail.postbacks (conversion);
  CREATE INDEX postbacks_undelivered ON cashtrail.postbacks (state, network, (-conversion), serial)
    WHERE state <> 'delivered';

  CREATE TABLE cashtrail.attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    postback bigint NOT NULL REFERENCES cashtrail.postbacks,
    at bigint NOT NULL,
    outcome text NOT NULL DEFAULT 'sending',
    duration_ms integer,
    status integer,
    reason text
  ) WITH (fillfactor = 70);
  CREATE INDEX attempts_of ON cashtrail.attempts (postback);

  CREATE TABLE cashtrail.decisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversion bigint NOT NULL REFERENCES cashtrail.conversions,
    postback bigint REFERENCES cashtrail.postbacks,
    at bigint NOT NULL,
    what text NOT NULL,
    -- What the postback became.
    state text,
    decided_by text NOT NULL,
    reason text
  );
  CREATE INDEX decisions_of ON cashtrail.decisions (conversion);
  CREATE INDEX decisions_about ON cashtrail.decisions (postback);

  -- What happened, counted one by one as it did: nothing waits for another to write the same row.
  CREATE TABLE cashtrail.tallies (
    -- Counted from 1970, in UTC.
    day integer NOT NULL,
    network text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    -- Of what was delivered: how long that took, summed.
    ms bigint NOT NULL DEFAULT 0
  );
  -- And summed up later.
  CREATE TABLE cashtrail.folded_tallies (
    day integer NOT NULL,
    network text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    ms bigint NOT NULL,
    PRIMARY KEY (day, network, what)
  );

  -- One row, written anew to find out whether the database takes anything.
  CREATE TABLE cashtrail.probe (
    id integer PRIMARY KEY,
    filling bytea NOT NULL
  );
  -- Uncompressed, or there would be next to nothing to write.
  ALTER TABLE cashtrail.probe ALTER COLUMN filling SET STORAGE EXTERNAL;
  `,
];
