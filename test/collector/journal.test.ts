import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createJournal, type Journal } from "../../packages/collector/src/journal.ts";
import type { Json } from "../../packages/collector/src/network.ts";
import { temporaryFolder } from "../support/collector-server.ts";

const script = fileURLToPath(new URL("../support/journal-process.ts", import.meta.url));

const aFolder = () => join(temporaryFolder(), "journal");

function openJournal(
  folder: string,
  {
    now = () => new Date("2026-11-22T10:00:00.000Z"),
    onUnreadable = expect.unreachable as (path: string) => void,
  } = {},
): Journal {
  const journal = createJournal(folder, now, onUnreadable);
  onTestFinished(() => journal.written());
  return journal;
}

/** What a journal hands over, to the last. */
async function takenFrom(journal: Journal): Promise<Json[]> {
  const entries: Json[] = [];
  await journal.takeIn(async (entry) => entries.push(entry) > 0);
  return entries;
}

const filesOf = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("the journal", () => {
  test("hands over what another one on its folder took, once, and keeps nothing of it", async () => {
    const folder = aFolder();
    const entry = { number: "A-1", lines: [{ sku: "4113", name: "Mug\nwith a line\u2028break", net: 10_000 }] };
    await openJournal(folder).add(entry);
    const later = openJournal(folder);
    await later.written();
    expect(await later.waits()).toBe(true);
    expect(await takenFrom(later)).toEqual([
      { number: "A-1", lines: [{ sku: "4113", name: "Mug\nwith a line\u2028break", net: 10_000 }] },
    ]);
    expect(await later.waits()).toBe(false);
    expect(await takenFrom(later)).toEqual([]);
    expect(readdirSync(folder)).toEqual(["room"]);
  });

  test("keeps an entry as it was when it was added", async () => {
    const journal = openJournal(aFolder());
    const entry = { number: "A-2" };
    // The second waits while the first is written.
    const adding = [journal.add({ number: "A-1" }), journal.add(entry)];
    entry.number = "changed";
    await Promise.all(adding);
    expect(await takenFrom(journal)).toEqual([{ number: "A-1" }, { number: "A-2" }]);
  });

  test("lets nobody else read what it holds", async () => {
    const folder = aFolder();
    const journal = openJournal(folder);
    await journal.add("A-1");
    await journal.written();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test("writes entries that arrive together into few files", async () => {
    const folder = aFolder();
    const journal = openJournal(folder);
    await Promise.all(numbered(250).map((number) => journal.add(number)));
    // The first by itself, and what came while it was written by the hundred.
    expect(filesOf(folder)).toHaveLength(4);
    expect(await journal.takeIn(async () => true)).toBe(250);
  });

  test("hands over the oldest first, also where the clock stands or is set back", async () => {
    const folder = aFolder();
    const times = ["2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00.000Z", "2026-11-22T09:00:00.000Z"];
    let time = 0;
    const journal = openJournal(folder, { now: () => new Date(times[time++ % 3] as string) });
    for (const number of numbered(20)) await journal.add(number);
    expect(filesOf(folder)).toHaveLength(20);
    expect(await takenFrom(journal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  test("stops at the first entry that is not taken, and keeps it and all that follow", async () => {
    const journal = openJournal(aFolder());
    for (const number of [0, 1, 2, 3, 4]) await journal.add(number);
    const tried: Json[] = [];
    const taken = await journal.takeIn(async (entry) => {
      tried.push(entry);
      if (entry === 2) throw new Error("the ledger is away");
      return true;
    });
    expect(taken).toBe(2);
    expect(tried).toEqual([0, 1, 2]);
    expect(await journal.waits()).toBe(true);
    expect(await takenFrom(journal)).toEqual([2, 3, 4]);
  });

  test("hands a file over again whole where taking stopped in its midst", async () => {
    const journal = openJournal(aFolder());
    await Promise.all([0, 1, 2, 3].map((number) => journal.add(number)));
    await journal.takeIn(async (entry) => {
      if (entry === 2) throw new Error("the ledger is away");
      return true;
    });
    expect(await takenFrom(journal)).toEqual([1, 2, 3]);
  });

  test("keeps a file aside of which an entry can never be taken, and hands it over again under its own name", async () => {
    const folder = aFolder();
    const unreadable: string[] = [];
    const journal = openJournal(folder, { onUnreadable: (path) => unreadable.push(path) });
    for (const number of [0, 1, 2]) await journal.add(number);
    const [, second = ""] = filesOf(folder).sort();
    expect(await journal.takeIn(async (entry) => entry !== 1)).toBe(2);
    expect(unreadable).toEqual([join(folder, `${second}.unreadable`)]);
    expect(await journal.waits()).toBe(false);
    renameSync(join(folder, `${second}.unreadable`), join(folder, second));
    expect(await takenFrom(journal)).toEqual([1]);
  });

  test("keeps what is added while it is taken in", async () => {
    const journal = openJournal(aFolder());
    await journal.add("A-1");
    await journal.takeIn(() => journal.add("A-2").then(() => true));
    expect(await journal.waits()).toBe(true);
    expect(await takenFrom(journal)).toEqual(["A-2"]);
  });

  test("loses nothing where two take in from one folder at once", async () => {
    const folder = aFolder();
    const journals = [openJournal(folder), openJournal(folder)];
    await Promise.all(numbered(40).map((number) => (journals[number % 2] as Journal).add(number)));
    for (const number of numbered(40)) await (journals[number % 2] as Journal).add(40 + number);
    const taken = await Promise.all(journals.map(takenFrom));
    expect(new Set(taken.flat())).toEqual(new Set(numbered(80)));
    expect(filesOf(folder)).toEqual([]);
  });

  test("passes over a file that another process takes away before it", async () => {
    const folder = aFolder();
    const journal = openJournal(folder);
    for (const number of [0, 1, 2]) await journal.add(number);
    const [, second = ""] = filesOf(folder).sort();
    const entries: Json[] = [];
    await journal.takeIn(async (entry) => {
      rmSync(join(folder, second), { force: true });
      return entries.push(entry) > 0;
    });
    expect(entries).toEqual([0, 2]);
  });
});

describe("a journal whose process is killed", () => {
  test("has every entry that was acknowledged", async () => {
    const folder = aFolder();
    const acknowledged = new Set<Json>();
    for (const [index, count] of [1, 9, 30, 77, 150, 260].entries()) {
      const child = spawn(process.execPath, [script, folder, "add", `K${index}`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      const exited = once(child, "exit");
      let lines = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.add(line);
        lines += 1;
        if (lines >= count) child.kill("SIGKILL");
      }
      expect(await exited).toEqual([null, "SIGKILL"]);
    }
    const taken = (await takenFrom(openJournal(folder))).map((entry) => (entry as { number: string }).number);
    expect(acknowledged.size).toBeGreaterThanOrEqual(527);
    expect([...acknowledged].filter((number) => !taken.includes(number as string))).toEqual([]);
  }, 30_000);

  test("passes over what was half written, and removes it when it is a day old", async () => {
    const folder = aFolder();
    mkdirSync(folder);
    const halfWritten = join(folder, "5b1f0c6a2d3e4f70.tmp");
    writeFileSync(halfWritten, '{"number":"A-');
    const afterBeingLeft = async (milliseconds: number) => {
      const leftAt = new Date(Date.now() - milliseconds);
      utimesSync(halfWritten, leftAt, leftAt);
      const journal = openJournal(folder);
      await journal.written();
      expect(await takenFrom(journal)).toEqual([]);
      return existsSync(halfWritten);
    };
    expect(await afterBeingLeft(86_000_000)).toBe(true);
    expect(await afterBeingLeft(86_400_001)).toBe(false);
  });
});

/** Runs before each sync, of a file or of a folder; the sync fails where it rejects. */
async function beforeSync(before: (handle: FileHandle) => Promise<unknown>): Promise<void> {
  const handle = await open(script);
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const { sync } = prototype;
  vi.spyOn(prototype, "sync").mockImplementation(async function (this: FileHandle) {
    await before(this);
    return sync.call(this);
  });
  onTestFinished(() => void vi.restoreAllMocks());
}

/** Fails every sync with one of the system's errors, until the journal gives up its room, or for good. */
function failSyncs(folder: string, errno: number, until: "there is room" | "never"): Promise<void> {
  return beforeSync(async () => {
    if (until === "never" || existsSync(join(folder, "room")))
      throw Object.assign(new Error("sync"), { errno: -errno });
  });
}

describe("an entry that was acknowledged", () => {
  test("is synced, and so is each folder that has something new in it", async () => {
    const place = temporaryFolder();
    const folder = join(place, "var", "journal");
    const synced: number[] = [];
    await beforeSync(async (handle) => synced.push((await handle.stat()).ino));
    const journal = openJournal(folder);
    await journal.add("A-1");
    const [first = ""] = filesOf(folder);
    const needed = [place, join(place, "var"), folder, join(folder, first)];
    expect(needed.filter((path) => !synced.includes(statSync(path).ino))).toEqual([]);
    await journal.written();
    synced.length = 0;
    await journal.add("A-2");
    const [second = ""] = filesOf(folder).filter((name) => name !== first);
    expect(synced).toEqual([statSync(join(folder, second)).ino, statSync(folder).ino]);
  });

  test.each([
    ["its file", 1],
    ["its folder", 2],
  ])("is none where %s cannot be synced, and nothing of it stays", async (_, failing) => {
    const folder = aFolder();
    const journal = openJournal(folder);
    await journal.written();
    let syncs = 0;
    await beforeSync(async () => {
      syncs += 1;
      if (syncs === failing) throw new Error("the disk is broken");
    });
    await expect(journal.add("A-1")).rejects.toThrow("the disk is broken");
    expect(readdirSync(folder)).toEqual(["room"]);
  });

  test("is none where the folder that is made meanwhile cannot be synced into its own", async () => {
    const place = temporaryFolder();
    const making = Promise.withResolvers<void>();
    const added = Promise.withResolvers<void>();
    await beforeSync(async (handle) => {
      if ((await handle.stat()).ino !== statSync(place).ino) return;
      making.resolve();
      await added.promise;
      throw new Error("the disk is broken");
    });
    const journal = openJournal(join(place, "journal"));
    await making.promise;
    const adding = journal.add("A-1");
    added.resolve();
    await expect(adding).rejects.toThrow("the disk is broken");
  });
});

describe("a journal on a full disk", () => {
  test.each([
    ["no space left", constants.errno.ENOSPC],
    ["its quota used up", constants.errno.EDQUOT],
  ])("with %s gives up its room, and makes it again once it was emptied", async (_, errno) => {
    const folder = aFolder();
    const journal = openJournal(folder);
    await journal.written();
    expect(statSync(join(folder, "room")).size).toBe(1_048_576);
    await failSyncs(folder, errno, "there is room");
    await journal.add("A-1");
    await journal.add("A-2");
    expect(readdirSync(folder)).toEqual(filesOf(folder));
    vi.restoreAllMocks();
    expect(await takenFrom(journal)).toEqual(["A-1", "A-2"]);
    await journal.written();
    expect(statSync(join(folder, "room")).size).toBe(1_048_576);
  });

  test("refuses an entry that its room cannot hold either, keeps nothing of it, and takes the next when it can", async () => {
    const folder = aFolder();
    const journal = openJournal(folder);
    await journal.add("A-1");
    await journal.written();
    await failSyncs(folder, constants.errno.ENOSPC, "never");
    await expect(journal.add("A-2")).rejects.toMatchObject({ errno: -constants.errno.ENOSPC });
    expect(readdirSync(folder)).toEqual(filesOf(folder));
    vi.restoreAllMocks();
    await journal.add("A-3");
    expect(await takenFrom(journal)).toEqual(["A-1", "A-3"]);
  });

  test("gives up the room that was still in the making", async () => {
    const folder = aFolder();
    const isRoom = (name: string) => statSync(join(folder, name)).size === 1_048_576;
    const making = Promise.withResolvers<void>();
    const refused = Promise.withResolvers<void>();
    await beforeSync(async (handle) => {
      const { size } = await handle.stat();
      if (size === 1_048_576) {
        making.resolve();
        await refused.promise;
      } else if (size === '"A-1"\n'.length) {
        await making.promise;
        refused.resolve();
        if (readdirSync(folder).some(isRoom))
          throw Object.assign(new Error("full"), { errno: -constants.errno.ENOSPC });
      }
    });
    const journal = openJournal(folder);
    await journal.add("A-1");
    expect(readdirSync(folder)).toEqual(filesOf(folder));
  });

  test("gives up nothing for an error that room does not mend", async () => {
    const folder = aFolder();
    const journal = openJournal(folder);
    await journal.written();
    await failSyncs(folder, constants.errno.EIO, "there is room");
    await expect(journal.add("A-1")).rejects.toMatchObject({ errno: -constants.errno.EIO });
    expect(readdirSync(folder)).toEqual(["room"]);
  });

  // A process of its own may mount a disk of its own, without being a superuser, where the system allows it.
  const mounted = ["-Urm", "sh", "-c", 'mount -t tmpfs -o size=3m cashtrail "$0" && exec "$@"'];
  const mayMount = spawnSync("unshare", [...mounted, tmpdir(), "true"]).status === 0;

  test.skipIf(!mayMount)("of 3 MiB has every entry it acknowledged, and fills the room too", async () => {
    const disk = temporaryFolder();
    const folder = join(disk, "journal");
    const child = spawn("unshare", [...mounted, disk, process.execPath, script, folder, "fill-and-empty", "D"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);
    const numbers = (start: string) => lines.filter((line) => line.startsWith(start)).map((line) => line.split(" ")[1]);
    // No more than 34 of 60 kB each go into the 2 MiB beside the room.
    expect(numbers("kept D").length).toBeGreaterThan(34);
    expect(numbers("ENOSPC")).toHaveLength(1);
    expect(numbers("taken")).toEqual(numbers("kept D"));
    expect(lines.filter((line) => !/^(?:kept D|taken|ENOSPC)/.test(line))).toEqual([
      "at first room",
      "besides entries ",
      "at last room",
      "kept again",
    ]);
  });
});

describe("a damaged file", () => {
  test.each([
    ["cut short", '"A-2"\n{"number":"A-', ["A-2"]],
    ["damaged in its midst", '"A-2"\n\0\0\0\0\n"A-3"\n', ["A-2", "A-3"]],
    ["emptied", "", []],
  ])("that was %s is kept and told, and stops nothing", async (_, content, readable) => {
    const folder = aFolder();
    const unreadable: string[] = [];
    const journal = openJournal(folder, { onUnreadable: (path) => unreadable.push(path) });
    await journal.add("A-1");
    const damaged = join(folder, "1795341600500-1-00.jsonl");
    writeFileSync(damaged, content);
    await openJournal(folder, { now: () => new Date("2026-11-22T10:00:01Z") }).add("A-4");
    expect(await takenFrom(journal)).toEqual(["A-1", ...readable, "A-4"]);
    expect(unreadable).toEqual([`${damaged}.unreadable`]);
    expect(readFileSync(`${damaged}.unreadable`, "utf8")).toBe(content);
    expect(await journal.waits()).toBe(false);
  });
});

describe("a folder that cannot be made", () => {
  test("is told by each add with the reason, and made once it can be", async () => {
    const place = temporaryFolder();
    writeFileSync(join(place, "taken"), "");
    const folder = join(place, "taken", "journal");
    const journal = openJournal(folder);
    await journal.written();
    await expect(journal.add("A-1")).rejects.toMatchObject({ code: "ENOTDIR" });
    await expect(journal.add("A-2")).rejects.toMatchObject({ code: "ENOTDIR" });
    rmSync(join(place, "taken"));
    await journal.add("A-3");
    expect(await takenFrom(journal)).toEqual(["A-3"]);
  });

  test("is made again where it was removed", async () => {
    const folder = aFolder();
    const journal = openJournal(folder);
    await journal.add("A-1");
    await journal.written();
    rmSync(folder, { recursive: true });
    expect(await journal.waits()).toBe(false);
    expect(await takenFrom(journal)).toEqual([]);
    await journal.written();
    rmSync(folder, { recursive: true });
    await journal.add("A-2");
    expect(await takenFrom(journal)).toEqual(["A-2"]);
  });

  test("because it may not be written to is told by add", async () => {
    const folder = aFolder();
    mkdirSync(folder, { mode: 0o500 });
    const child = spawn(process.execPath, [script, folder, "add-as-nobody"], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(line);
    expect(lines).toEqual(["EACCES"]);
  });
});
