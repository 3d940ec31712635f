import type { CollectorEvent } from "./event.ts";

/** A log as pino and those of its shape are: what it is about, then the message. */
export interface Logger {
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
  debug?(about: object, message: string): void;
}

type Level = "debug" | "info" | "warn" | "error";

/** Reasons come from networks and systems: longer, they would be somebody else's text and not a reason. */
const LONGEST_TEXT = 300;

const messages: Readonly<Record<CollectorEvent["type"], string>> = {
  recorded: "order or lead recorded",
  differs: "order reported again, and otherwise: the first report stands",
  delivered: "postback delivered",
  postponed: "postback postponed",
  held: "postback held: a person must decide",
  failed: "postback failed",
  changed: "order changed",
  "network-down": "network down: it is sent nothing but now and then a try",
  "network-up": "network up",
  journaled: "order or lead journaled: the ledger cannot be written",
  "taken-in": "orders or leads taken in from the journal",
  "click-ignored": "click ignored",
  "deep-link-refused": "deep link refused: the shopper went to the front page",
  "ledger-failed": "ledger failed",
};

/** How pressing an event is: an error wants a person, a warning may. */
function levelOf(event: CollectorEvent): Level {
  switch (event.type) {
    case "held":
    case "failed":
    case "network-down":
    case "ledger-failed":
      return "error";
    case "postponed":
      // A look-up that led on to the next step is no trouble.
      return event.outcome === "next" ? "debug" : "warn";
    case "journaled":
    case "differs":
    case "click-ignored":
    case "deep-link-refused":
      return "warn";
    default:
      return "info";
  }
}

/** The same is written once in so long: a ledger that is away fails twice a second, and strangers try links in a loop. */
const FAILURE_MS = 60_000;
const MOST_FAILURES = 100;

/** Answers how often a failure came since it was last written, or 0 where it need not be written yet. */
function createCounting(): (reason: string) => number {
  const failures = new Map<string, { writtenAt: number; since: number }>();
  return (reason) => {
    const now = performance.now();
    const before = failures.get(reason);
    const since = (before?.since ?? 0) + 1;
    if (before && now - before.writtenAt < FAILURE_MS) {
      before.since = since;
      return 0;
    }
    if (failures.size >= MOST_FAILURES) failures.clear();
    failures.set(reason, { writtenAt: now, since: 0 });
    return since;
  };
}

/** Writes each event as one entry of the store's own log. A log that throws, or whose promise fails, harms nothing. */
export function createLog(logger: Logger): (event: CollectorEvent) => void {
  const countOf = createCounting();
  return (event) => {
    const { type, ...about } = event;
    const times =
      type === "ledger-failed" ? countOf(event.reason) : type === "deep-link-refused" ? countOf(event.origin) : 1;
    if (times === 0) return;
    const fields = Object.entries({ ...about, ...(times > 1 ? { times } : {}) }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, bounded(value)]],
    );
    try {
      const written: unknown = logger[levelOf(event)]?.(
        { event: `cashtrail.${type}`, ...Object.fromEntries(fields) },
        `cashtrail: ${messages[type]}`,
      );
      Promise.resolve(written).catch(() => {});
    } catch {
      // As above.
    }
  };
}

/** Without line ends and other signs that a log which is no JSON would take for its own. */
function bounded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bounded);
  if (typeof value !== "string") return value;
  const plain = value.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
  return plain.length > LONGEST_TEXT ? `${plain.slice(0, LONGEST_TEXT)}…` : plain;
}
