/** Every fault a stand-in can have, and whether what it would have accepted is recorded all the same. */
export const faults = [
  { name: "down", records: false, does: "Resets the connection before reading the body." },
  { name: "reset", records: false, does: "Reads the request, then resets the connection." },
  { name: "hang", records: false, does: "Reads the request and never answers." },
  { name: "slow", records: true, does: "Records at once, answers after the delay." },
  { name: "late", records: true, does: "Records only after the delay, even if nobody waits any more, then answers." },
  { name: "accept-then-drop", records: true, does: "Records, then closes the connection without an answer." },
  { name: "cut", records: true, does: "Records, announces the whole answer and closes half way through it." },
  { name: "drip", records: true, does: "Records, then sends one byte at a time for ever." },
  { name: "429", records: false, does: "Answers 429 with Retry-After." },
  { name: "401", records: false, does: "Answers 401." },
  { name: "500", records: false, does: "Answers 500." },
  { name: "500-after-accept", records: true, does: "Records, then answers 500." },
  { name: "502-html", records: false, does: "Answers 502 with a proxy's HTML page." },
  { name: "refuse", records: false, does: "Refuses: Retrack with 422, ShopBack with 200 and success=false." },
  { name: "wrong-offer", records: false, does: "Refuses as if the event or the offer belonged to somebody else." },
  { name: "html-200", records: false, does: "Answers 200 with an HTML page." },
  { name: "empty-200", records: false, does: "Answers 200 with nothing." },
  { name: "redirect", records: false, does: "Answers 302 to another host." },
  { name: "huge", records: false, does: "Answers 200 with 50 MB of spaces." },
] as const satisfies readonly { name: string; records: boolean; does: string }[];

export type Fault = (typeof faults)[number]["name"];
