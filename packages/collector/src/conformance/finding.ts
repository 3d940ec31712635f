/** What every network promises. Each has a sentence in docs/adding-a-network.md. */
export type Promised =
  /** Its parts are there and of their kinds. */
  | "shape"
  /** The table of fixtures proves something. */
  | "table"
  /** Its landing takes the click ids it should, and no others. */
  | "click-ids"
  /** It tells what the fixtures say, with the requests and the doubt rules they say. */
  | "requests"
  /** Answers mean what the fixtures say. */
  | "answers"
  /** The same arguments give the same results, and are left as they were. */
  | "pure"
  /** Steps are JSON, and the same once they were kept. */
  | "json"
  /** The same step is the same request. */
  | "same-request"
  /** Requests go to one https host, and are well-formed. */
  | "transport"
  /** No secret is anywhere but in a request, and no click id in a reason. */
  | "secrets"
  /** Postbacks' ids are this account's, unique, and short enough to be kept. */
  | "ids"
  /** Nothing is thrown, and every verdict and refusal is of a known kind, with a short reason. */
  | "total"
  /** Only the network's own success is taken for one. */
  | "false-success"
  /** 429 and 503 are never a no. */
  | "patience"
  /** A 2xx that does not read is doubt. */
  | "unreadable"
  /** Other answers of a broken server are doubt too. */
  | "server-error"
  /** Steps that follow one another come to an end. */
  | "ends"
  /** What the network was told is not told again. */
  | "once"
  /** What is told sums to the order, exactly. */
  | "amounts"
  /** Whatever fault there is, nothing delivered is missing at the network. */
  | "lost"
  /** Whatever fault there is, the network has nothing twice. */
  | "doubled";

/** A promise that is broken: where, and what was found there. */
export interface Finding {
  readonly promise: Promised;
  readonly where: string;
  readonly found: string;
}

export type Report = (promise: Promised, where: string, found: string) => void;

/** Collects findings, the first of each kind at each place: one mistake shows in a thousand generated cases. */
export function createFindings(): { report: Report; all(): Finding[] } {
  const findings = new Map<string, Finding>();
  return {
    report(promise, where, found) {
      const key = `${promise} ${where}`;
      if (!findings.has(key)) findings.set(key, { promise, where, found });
    },
    all: () => [...findings.values()],
  };
}

/** A value as a finding shows it. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
