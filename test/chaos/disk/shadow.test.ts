import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileShim, whyNoShim } from "./shim.ts";

const missing = whyNoShim();

describe.skipIf(missing)(
  missing ? `what a power cut would leave (skipped: ${missing})` : "what a power cut would leave",
  () => {
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(realpathSync(tmpdir()), "cashtrail-shadow-"));
      expect(compileShim(join(folder, "shadow.so"))).toBeUndefined();
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** What is left when a process has done `statements` in the folder `a`, in which `path(name)` is. */
    function leftBy(statements: string): { files: Record<string, string>; syncs: number } {
      const base = mkdtempSync(join(folder, "case-"));
      const [ledger, shadow, syncs] = [join(base, "a"), join(base, "b"), join(base, "syncs")];
      mkdirSync(ledger);
      mkdirSync(shadow);
      const script = `
        const fs = require("node:fs");
        const path = (name) => ${JSON.stringify(`${ledger}/`)} + name;
        ${statements}
        process.kill(process.pid, "SIGKILL");`;
      const { signal, stderr } = spawnSync(process.execPath, ["--eval", script], {
        env: {
          LD_PRELOAD: join(folder, "shadow.so"),
          LEDGER_FOLDER: ledger,
          SHADOW_FOLDER: shadow,
          SYNC_COUNT: syncs,
        },
      });
      expect(signal, String(stderr)).toBe("SIGKILL");
      expect(existsSync(`${shadow}.fresh`)).toBe(false);
      const files = readdirSync(shadow, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return {
        files: Object.fromEntries(
          files.map(({ parentPath, name }) => {
            const path = join(parentPath, name);
            return [path.slice(shadow.length + 1), readFileSync(path, "utf8")];
          }),
        ),
        syncs: statSync(syncs).size,
      };
    }

    test.each([
      [
        "of a file is what its last sync found, not what was written after it",
        `const file = fs.openSync(path("db"), "w+");
         fs.writeSync(file, "one "); fs.fsyncSync(file);
         fs.writeSync(file, "two "); fs.fdatasyncSync(file);
         fs.writeSync(file, "three");`,
        { files: { db: "one two " }, syncs: 2 },
      ],
      ["is nothing of a file that never was synced", `fs.writeFileSync(path("db"), "one");`, { files: {}, syncs: 0 }],
      [
        "of a file that was only appended to is what its last sync found",
        `const file = fs.openSync(path("log"), "a");
         fs.writeSync(file, "one "); fs.fsyncSync(file); fs.writeSync(file, "two");`,
        { files: { log: "one " }, syncs: 1 },
      ],
      [
        "of a file that was truncated since its last sync is all that was synced",
        `const file = fs.openSync(path("db"), "w+");
         fs.writeSync(file, "one two"); fs.fsyncSync(file); fs.ftruncateSync(file, 3);`,
        { files: { db: "one two" }, syncs: 1 },
      ],
      [
        "is nothing of a file that was removed",
        `const file = fs.openSync(path("db"), "w+");
         fs.writeSync(file, "one"); fs.fsyncSync(file); fs.unlinkSync(path("db")); fs.fsyncSync(file);`,
        { files: {}, syncs: 1 },
      ],
      [
        "of a file that was synced and renamed is the file under its new name, in place of the old one",
        `fs.writeFileSync(path("list"), "old", { flush: true });
         fs.writeFileSync(path("list.new"), "new", { flush: true });
         fs.renameSync(path("list.new"), path("list"));`,
        { files: { list: "new" }, syncs: 2 },
      ],
      [
        "of a file that was renamed without a sync is an empty one",
        `fs.writeFileSync(path("list"), "old", { flush: true });
         fs.writeFileSync(path("list.new"), "new");
         fs.renameSync(path("list.new"), path("list"));`,
        { files: { list: "" }, syncs: 1 },
      ],
      [
        "is in the same folders",
        `fs.mkdirSync(path("journal/new"), { recursive: true });
         fs.writeFileSync(path("journal/new/1"), "one", { flush: true });`,
        { files: { "journal/new/1": "one" }, syncs: 1 },
      ],
    ])("%s", (_, statements, left) => {
      expect(leftBy(statements)).toEqual(left);
    });

    test("is kept of the ledger's folder only", () => {
      expect(leftBy(`fs.writeFileSync(path("../beside"), "one", { flush: true });`)).toEqual({ files: {}, syncs: 0 });
    });
  },
);
