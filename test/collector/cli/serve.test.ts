import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../support/collector-server.ts";
import { aFolder, cashtrail, started, TOKEN } from "./a-terminal.ts";

async function served(cwd: string, env: Record<string, string> = {}) {
  const server = started(["serve", "--port", "0"], { cwd, env });
  const { url } = JSON.parse(await server.line(/: listening"/));
  return { ...server, url: url as string };
}

function reportOf(number: string, click: string, token = TOKEN): RequestInit {
  return {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      order: {
        number,
        currency: "SEK",
        lines: [{ sku: "mug", name: "Stoneware mug", quantity: 1, net: 10_000, vat: 2_500 }],
      },
      cookie: `retrack_click=${click}`,
    }),
  };
}

describe("from nothing", () => {
  test("a store that was set up by the command line loses no order that it answered, whenever it is ended", async () => {
    const cwd = temporaryFolder();
    const made = await cashtrail(["init", "--yes", "--sandbox", "--json"], { cwd });
    expect(made.code).toBe(0);
    const sandbox = started(["sandbox", "--port", "0", "--json"], { cwd });
    const told = JSON.parse(await sandbox.line(/^/));
    const { url: address, clicks } = told;
    // What is set already stands against the .env file.
    const env = { CASHTRAIL_SANDBOX: address, CASHTRAIL_TOKEN: TOKEN };
    const server = await served(cwd, env);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const taken: string[] = [];
    let ending = false;
    const shoppers = Array.from({ length: 8 }, async (_, shopper) => {
      for (let index = 0; ; index += 1) {
        const number = `${shopper}-${index}`;
        const answer = await fetch(`${server.url}/api/v1/orders`, reportOf(number, clicks.retrack)).catch(
          () => undefined,
        );
        if (!answer) return;
        expect(answer.status).toBe(201);
        taken.push(number);
        if (taken.length > 50 && !ending) {
          ending = true;
          server.child.kill("SIGTERM");
        }
      }
    });
    await Promise.all(shoppers);
    const { code, stdout, stderr } = await server.ended;
    expect([code, stderr]).toEqual([0, ""]);
    const messages = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).msg);
    expect(messages.at(-1)).toBe("cashtrail: stopped");
    const listed = await cashtrail(["orders", "--limit", "1000", "--json"], { cwd, env });
    const numbers: string[] = JSON.parse(listed.stdout).conversions.map(({ number }: { number: string }) => number);
    expect(taken.filter((number) => !numbers.includes(number))).toEqual([]);
    const shown = await cashtrail(["show", taken[0] as string], { cwd, env });
    expect(shown.stdout).toMatch(/^Order 0-0 at Retrack|^Order \d-0 at Retrack/);
    expect(messages).toContain("cashtrail: postback delivered");
    sandbox.child.kill("SIGINT");
    const { code: sandboxCode, stdout: recorded } = await sandbox.ended;
    expect(sandboxCode).toBe(0);
    // A JSON value on each line.
    const rows = recorded.trim().split("\n").slice(1);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(JSON.parse(row)).toMatchObject({ network: "retrack" });
    expect(stdout + made.stdout).not.toContain(TOKEN);
  });
});

describe("serve", () => {
  test("answers the order that is under way before it ends, and takes no other", async () => {
    const { cwd, clicks, collector } = await aFolder();
    const server = await served(cwd);
    const [click] = clicks("retrack").clicks;
    const { port } = new URL(server.url);
    const socket = connect(Number(port), "127.0.0.1");
    const { body } = reportOf("1001", click?.id as string);
    const text = body as string;
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    // Half of it is sent, and the other half once the server says that it is stopping.
    socket.write(
      `POST /cashtrail/api/v1/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text.slice(0, 40)}`,
    );
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    server.child.kill("SIGTERM");
    await server.line(/: stopping"/);
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    socket.write(text.slice(40));
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect((await server.ended).code).toBe(0);
    expect(await collector.find()).toHaveLength(1);
  });

  test("goes on where nobody reads its log any more", async () => {
    const { cwd, clicks, collector } = await aFolder();
    const server = await served(cwd);
    server.child.stdout?.destroy();
    const [click] = clicks("retrack").clicks;
    for (const number of ["1001", "1002"])
      expect((await fetch(`${server.url}/api/v1/orders`, reportOf(number, click?.id as string))).status).toBe(201);
    server.child.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0, stderr: "" });
    expect(await collector.find()).toHaveLength(2);
  });

  test("ends at once where it is told twice", async () => {
    const { cwd, clicks, sandbox, collector } = await aFolder();
    await collector.report(clicks("retrack"), {
      number: "1001",
      currency: "SEK",
      lines: [{ sku: "mug", name: "Stoneware mug", quantity: 1, net: 10_000, vat: 2_500 }],
    });
    sandbox.fault("retrack", "hang");
    const server = await served(cwd);
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    socket.write("POST /cashtrail/api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    server.child.kill("SIGTERM");
    await server.line(/: stopping"/);
    server.child.kill("SIGINT");
    const { code, stdout } = await server.ended;
    expect([code, JSON.parse(stdout.trim().split("\n").at(-1) as string).msg]).toEqual([
      1,
      "cashtrail: stopped at once",
    ]);
  });

  test("tells what stands in its way, and what to do", async () => {
    const { cwd } = await aFolder();
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const [taken, noAddress, mount] = await Promise.all([
      cashtrail(["serve", "--port", String(port)], { cwd }),
      cashtrail(["serve", "--port", "0", "--host", "192.0.2.1"], { cwd }),
      cashtrail(["serve", "--mount", "cashtrail/"], { cwd }),
    ]);
    expect([taken.code, taken.stderr]).toEqual([
      3,
      `Port ${port} of 127.0.0.1 is taken: end what listens there, or choose another --port.\n`,
    ]);
    expect([noAddress.code, noAddress.stderr]).toEqual([
      3,
      "192.0.2.1 is no address of this machine: correct --host.\n",
    ]);
    expect([mount.code, mount.stderr]).toEqual([2, expect.stringContaining("--mount wants a path")]);
  });

  test("says where the HTTP API is off", async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      join(cwd, "cashtrail.config.ts"),
      `import { retrack } from "@cashtrail/collector";
       export default { networks: [retrack({ token: "a-token", event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb" })] };`,
    );
    const server = await served(cwd);
    expect(await server.line(/adminToken/)).toContain("set adminToken in the config");
    server.child.kill("SIGINT");
    expect((await server.ended).code).toBe(0);
  });
});
