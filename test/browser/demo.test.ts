import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("the demo walks from every network to the order and the returns desk in a real browser, and each network has it to the cent", {
  timeout: 120_000,
}, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["test/store/demo.ts", "--once", "--port", "0", "--sandbox-port", "0"],
    { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  expect(stderr).toBe("");
  expect(stdout).toContain("All right: each network recorded each order once, to the cent, and what became of it.");
  expect(stdout.match(/\bright$/gm)).toHaveLength(10);
  expect(status).toBe(0);
});
