import { constants } from "node:fs";
import { access, readdir, stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { counted } from "../telling/words.ts";
import { type Check, checkOf } from "./check.ts";
import { unfitFileSystem } from "./file-system.ts";

const MEGABYTE = 1_000_000;
/** Below the first, an evening's orders may fill the disk; below the second, the next ones may. */
const LOW_BYTES = 1_000 * MEGABYTE;
const LEAST_BYTES = 100 * MEGABYTE;

/** Where an embedded ledger's file is: its disk, its room, and who can read it. */
export async function ledgerFileChecks(path: string): Promise<Check[]> {
  const file = resolve(path);
  const folder = dirname(file);
  const there = await exists(folder);
  const { fail } = checkOf("ledger folder", "a folder that the store's process can write");
  if (!there) return [fail(`there is no ${folder}`, `make it: mkdir -p ${folder}`)];
  return [await diskCheck(folder), await roomCheck("ledger room", folder), await accessCheck(file, folder)];
}

/** The folder that takes orders while the ledger cannot be written. */
export async function journalChecks(path: string): Promise<Check[]> {
  const folder = resolve(path);
  const { ok, warn, fail } = checkOf(
    "journal",
    "a folder on a local disk that the store's process can write, with nothing in it that waits",
  );
  if (!(await exists(folder))) {
    const above = await nearestFolder(folder);
    return (await isWritable(above))
      ? [ok(`${folder} is made when the store starts`), await roomCheck("journal room", above)]
      : [fail(`${folder} is not there, and ${above} cannot be written`, `make it for the store's process: ${folder}`)];
  }
  if (!(await isWritable(folder)))
    return [fail(`${folder} cannot be written`, "give it to the user that the store's process runs as")];
  const names = await readdir(folder);
  const damaged = names.filter((name) => name.endsWith(".unreadable")).length;
  const waiting = names.filter((name) => name.endsWith(".jsonl")).length;
  const state =
    damaged > 0
      ? warn(
          `${counted(String(damaged), "file")} in ${folder} could not be taken in whole`,
          "look at them: each line is an order; report those that are missing, then move the files away",
        )
      : waiting > 0
        ? warn(
            `${counted(String(waiting), "file")} of orders in ${folder}`,
            "start the store: it takes them in as soon as the ledger can be written",
          )
        : ok(`${folder} is empty`);
  return [state, await roomCheck("journal room", folder)];
}

async function diskCheck(folder: string): Promise<Check> {
  const { ok, warn, fail } = checkOf("ledger disk", "a local disk that outlives the process");
  const { type } = await statfs(folder);
  const unfit = unfitFileSystem(process.platform, type);
  if (unfit?.kind === "memory")
    return fail(
      `${folder} is on ${unfit.name}, in memory`,
      "move the ledger to a disk: all of it is lost with the power",
    );
  if (unfit?.kind === "network")
    return fail(
      `${folder} is on ${unfit.name}, a network share`,
      "move the ledger to a local disk, or use PostgreSQL: on a share SQLite's locks and syncs cannot be relied on",
    );
  if (unfit)
    return warn(
      `${folder} is in a container's own layer (${unfit.name})`,
      "give it a volume: the layer goes with the container",
    );
  return ok(process.platform === "linux" ? `${folder} is on a disk` : `${folder}; this system does not tell more`);
}

async function roomCheck(name: string, folder: string): Promise<Check> {
  const { ok, warn, fail } = checkOf(name, `${LOW_BYTES / MEGABYTE} MB free or more`);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${Math.floor(free / MEGABYTE).toLocaleString("en")} MB free`;
  const fix = "make room on the disk, or shorten retention";
  return free < LEAST_BYTES ? fail(found, fix) : free < LOW_BYTES ? warn(found, fix) : ok(found);
}

async function accessCheck(file: string, folder: string): Promise<Check> {
  const { ok, warn, fail, skip } = checkOf("ledger permissions", "readable and writable by the store's process alone");
  const isThere = await exists(file);
  if (!(await isWritable(folder)) || (isThere && !(await isWritable(file))))
    return fail(
      `${isThere ? file : folder} cannot be written by this user`,
      "give it to the user that the store's process runs as, and run doctor as that user",
    );
  if (process.platform === "win32") return skip("this system has no such permissions");
  if (!isThere) return ok("there is no file yet: it is made when the store starts");
  const [fileMode, folderMode] = await Promise.all([file, folder].map(async (path) => (await stat(path)).mode & 0o777));
  const found = `file ${octal(fileMode)}, folder ${octal(folderMode)}`;
  // A file that nobody else can get to is as good as one that nobody else can read.
  const isOpen = ((fileMode ?? 0) & 0o004) > 0 && ((folderMode ?? 0) & 0o001) > 0;
  return isOpen
    ? warn(
        `${found}: every user of this machine can read it`,
        `close the file, and those of SQLite beside it: chmod o-rwx ${file}*`,
      )
    : ok(found);
}

function octal(mode = 0): string {
  return mode.toString(8).padStart(3, "0");
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** The nearest folder above that exists. */
async function nearestFolder(path: string): Promise<string> {
  const above = dirname(path);
  return above === path || (await exists(above)) ? above : nearestFolder(above);
}
