import { writeSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createJournal } from "../../packages/collector/src/journal.ts";
import type { Json } from "../../packages/collector/src/network.ts";

/**
 * A process with a journal of its own: `node journal-process.ts FOLDER TASK [NAME]`.
 * It prints a line for what the journal has acknowledged, and not before.
 */
const [folder = "", task = "", name = "A"] = process.argv.slice(2);

function openJournal() {
  return createJournal(
    folder,
    () => new Date("2026-11-22T10:00:00.000Z"),
    (path) => print(`unreadable ${path}`),
  );
}

// Straight to the pipe: what was printed outlives the process, and nothing waits in it to be printed.
function print(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Adds one, and answers what became of it. */
async function outcomeOf(adding: Promise<void>): Promise<string> {
  return adding.then(
    () => "kept",
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

const tasks: Record<string, () => Promise<void>> = {
  /** Without an end, some at a time, so that a kill always falls into several. */
  async add() {
    const journal = openJournal();
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (let index = 0; ; index += 1) {
          const number = `${name}-${lane}-${index}`;
          await journal.add({ number });
          print(number);
        }
      }),
    );
  },
  async "add-one"() {
    await openJournal().add({ number: name });
    print(name);
  },
  /** Without the rights that a superuser has. */
  async "add-as-nobody"() {
    if (process.getuid?.() === 0) process.setuid?.("nobody");
    print(await outcomeOf(openJournal().add({ number: name })));
  },
  /** Long entries until the disk takes no more; then takes them in, and adds once more. */
  async "fill-and-empty"() {
    const journal = openJournal();
    await journal.written();
    print(`at first ${await readdir(folder)}`);
    const filler = "x".repeat(60_000);
    for (let index = 0, outcome = "kept"; outcome === "kept"; index += 1) {
      outcome = await outcomeOf(journal.add({ number: `${name}-${index}`, filler }));
      print(`${outcome} ${name}-${index}`);
    }
    print(`besides entries ${(await readdir(folder)).filter((found) => !found.endsWith(".jsonl"))}`);
    await journal.takeIn(async (entry: Json) => {
      print(`taken ${(entry as { number: string }).number}`);
      return true;
    });
    await journal.written();
    print(`at last ${await readdir(folder)}`);
    print(`${await outcomeOf(journal.add({ number: name }))} again`);
  },
};
await tasks[task]?.();
