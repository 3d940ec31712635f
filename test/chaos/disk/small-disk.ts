import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const BYTES = 3 * 1024 * 1024;

/** A place with room for 3 MB. */
export interface SmallDisk {
  readonly path: string;
  /** What limits it: a file system of its own, or for want of the right to mount one, a limit for each file of its writer. */
  readonly limit: "tmpfs" | "ulimit";
  /** The command that runs this one within the limit. */
  within(command: readonly [string, ...string[]]): [string, ...string[]];
  /** Leaves the writer no room for a further byte, if it has found some in other files than the one that is full. */
  leaveNoRoom(writer: number): void;
  makeRoom(writer: number): void;
  remove(): void;
}

export function smallDisk(folder: string): SmallDisk {
  const path = join(folder, "small-disk");
  mkdirSync(path);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${BYTES}`, "tmpfs", path]).status === 0)
    return {
      path,
      limit: "tmpfs",
      within: (command) => [...command],
      leaveNoRoom: () => {},
      makeRoom: () => run("mount", ["-o", `remount,size=${BYTES * 20}`, path]),
      // Lazily, so that nothing is left mounted where a process has not yet let go of it.
      remove: () => run("umount", ["-l", path]),
    };
  return {
    path,
    limit: "ulimit",
    // In blocks of 512 bytes. The soft limit, so that it can be raised again.
    within: (command) => ["sh", "-c", `ulimit -S -f ${BYTES / 512}; exec "$0" "$@"`, ...command],
    leaveNoRoom: (writer) => run("prlimit", ["--pid", String(writer), "--fsize=0:"]),
    makeRoom: (writer) => run("prlimit", ["--pid", String(writer), "--fsize=unlimited:"]),
    remove: () => {},
  };
}

function run(command: string, given: string[]): void {
  const { status, stderr } = spawnSync(command, given);
  if (status !== 0) throw new Error(`${command} ${given.join(" ")}: ${stderr}`);
}
