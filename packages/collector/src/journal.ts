import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { DAY } from "./day.ts";
import type { Json } from "./network.ts";

/** Each file is read whole and, where taking stops in its midst, handed over again whole. */
const MOST_ENTRIES_IN_A_FILE = 100;
const ROOM = "room";
const ROOM_BYTES = 1_048_576;
/** More than most entries take: an empty file fits on a disk that is full. */
const PROBE_BYTES = 16_384;

/** Takes entries while the ledger cannot, in a local folder that several processes may share. */
export interface Journal {
  /**
   * Writes an entry; those that arrive together share one file and its sync.
   *
   * Resolves once the entry would survive a crash and a power cut; rejects with the system's error where it cannot be
   * written, and then nothing of it stays.
   */
  add(entry: Json): Promise<void>;
  /**
   * Hands over every entry that was there at the call, the oldest first and those of one file together, and removes
   * each file once all of its entries were taken. Stops at the first file of which `take` rejects one, and keeps it
   * whole: the reason is for `take` to tell. An entry is handed over again after that, after a crash, and where several
   * take in at once. One for which `take` answers false can never be taken: its file is kept as damaged ones are.
   * Answers how many were taken.
   */
  takeIn(take: (entry: Json) => Promise<boolean>): Promise<number>;
  /** Resolves where an entry that came now could be written, and leaves nothing behind. */
  probe(): Promise<void>;
  /** Whether any entry waits to be taken in. */
  waits(): Promise<boolean>;
  /** Resolves once nothing is being written any more. */
  written(): Promise<void>;
}

/**
 * Makes a journal in a folder, which is made in the background, with a file that keeps some room for a full disk.
 * A folder that cannot be made is told by `add`, which tries again.
 *
 * `onUnreadable` is told where a file that was damaged is kept, out of the way of the others: under its own name again,
 * it is handed over again. What can be read of it is handed over all the same.
 */
export function createJournal(path: string, now: () => Date, onUnreadable: (path: string) => void): Journal {
  const folder = resolve(path);
  const room = join(folder, ROOM);
  let waiting: { line: string; resolve: () => void; reject: (reason: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;
  let preparing = Promise.resolve();
  let making: Promise<void> | undefined;
  let newest = 0;

  prepareInBackground();

  function prepareInBackground(): void {
    // What stands in the way stands in the way of `add` too, which tells.
    preparing = preparing.then(prepare).catch(() => {});
  }

  /** Whoever finds the folder there waits for whoever is still syncing it. */
  function folderMade(): Promise<void> {
    making ??= makeFolder(folder).finally(() => {
      making = undefined;
    });
    return making;
  }

  async function prepare(): Promise<void> {
    await folderMade();
    const names = await readdir(folder);
    for (const name of names.filter((name) => name.endsWith(".tmp"))) await removeIfOld(join(folder, name));
    // Random bytes: a file system that compresses or leaves out zeros would keep no room for them.
    if (!names.includes(ROOM)) await place(room, await promisify(randomBytes)(ROOM_BYTES));
  }

  /** A file that a killed process left half written. Younger ones may still be in the writing. */
  async function removeIfOld(temporary: string): Promise<void> {
    const found = await unlessGone(stat(temporary));
    // The system's clock and not the collector's: it is the one that dated the file.
    if (found && found.mtimeMs < Date.now() - DAY) await rm(temporary, { force: true });
  }

  /** Puts a file in its place whole or not at all, to stay there through a power cut. */
  async function place(path: string, data: string | Buffer): Promise<void> {
    const temporary = join(folder, `${unique()}.tmp`);
    try {
      await writeFile(temporary, data, { flag: "wx", mode: 0o600, flush: true });
      await rename(temporary, path);
      await syncFolder(folder);
    } catch (error) {
      await Promise.allSettled([temporary, path].map((left) => rm(left, { force: true })));
      throw error;
    }
  }

  async function write(lines: string): Promise<void> {
    await folderMade();
    // Names sort as they were given, in one millisecond and after the clock was set back too.
    newest = Math.max(newest + 1, +now());
    const file = join(folder, `${newest}-${process.pid}-${unique()}.jsonl`);
    try {
      await place(file, lines);
    } catch (error) {
      if (!isFull(error)) throw error;
      // What is being made now would take the room that is given up.
      await preparing;
      await rm(room, { force: true });
      await place(file, lines);
    }
  }

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const together = waiting.slice(0, MOST_ENTRIES_IN_A_FILE);
      waiting = waiting.slice(MOST_ENTRIES_IN_A_FILE);
      try {
        await write(together.map(({ line }) => `${line}\n`).join(""));
        for (const { resolve } of together) resolve();
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    writing = undefined;
  }

  async function files(): Promise<string[]> {
    const names = (await unlessGone(readdir(folder))) ?? [];
    return names.filter((name) => name.endsWith(".jsonl")).sort();
  }

  async function setAside(file: string): Promise<void> {
    const kept = `${file}.unreadable`;
    await unlessGone(rename(file, kept).then(() => onUnreadable(kept)));
  }

  return {
    async add(entry) {
      const line = JSON.stringify(entry);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ line, resolve, reject });
      writing ??= writeWaiting();
      return promise;
    },
    async takeIn(take) {
      let taken = 0;
      for (const name of await files()) {
        const file = join(folder, name);
        const text = await unlessGone(readFile(file, "utf8"));
        if (text === undefined) continue;
        const { entries, isWhole } = entriesIn(text);
        // Together: they share a commit where they are taken to.
        const outcomes = await Promise.allSettled(entries.map(async (entry) => take(entry)));
        const answers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
        taken += answers.filter(Boolean).length;
        if (answers.length < outcomes.length) return taken;
        if (isWhole && !answers.includes(false)) await rm(file, { force: true });
        else await setAside(file);
      }
      if ((await files()).length === 0) prepareInBackground();
      return taken;
    },
    async probe() {
      await folderMade();
      const temporary = join(folder, `${unique()}.tmp`);
      try {
        await writeFile(temporary, randomBytes(PROBE_BYTES), { flag: "wx", mode: 0o600, flush: true });
      } catch (error) {
        // An entry would take the room that is kept.
        if (!isFull(error) || !(await unlessGone(stat(room)))) throw error;
      } finally {
        await rm(temporary, { force: true });
      }
    },
    waits: async () => (await files()).length > 0,
    async written() {
      await writing;
      await preparing;
    },
  };
}

function entriesIn(text: string): { entries: Json[]; isWhole: boolean } {
  const entries: Json[] = [];
  let isWhole = true;
  // A file that was emptied is one line that is none.
  for (const line of text.trimEnd().split("\n")) {
    try {
      entries.push(JSON.parse(line));
    } catch {
      isWhole = false;
    }
  }
  return { entries, isWhole };
}

/** Makes the folder and those above it, each to stay there through a power cut. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** A new name in a folder is on the disk once the folder itself is synced. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

function unique(): string {
  return randomBytes(8).toString("hex");
}

/** By number: Node knows no name for a quota that is used up. */
function isFull(error: unknown): boolean {
  const { errno = 0 } = error as NodeJS.ErrnoException;
  return -errno === constants.errno.ENOSPC || -errno === constants.errno.EDQUOT;
}

/** The answer, or undefined where another process was first to remove the file. */
async function unlessGone<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
