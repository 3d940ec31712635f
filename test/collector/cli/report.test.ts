import { cpSync, existsSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aFolder, cashtrail, started } from "./a-terminal.ts";

const order = (number: string, id: string) => ({
  order: {
    number,
    currency: "SEK",
    placedAt: "2026-05-10T11:00:00Z",
    lines: [{ sku: "mug", name: "Stoneware mug", quantity: 1, net: 10_000, vat: 2_500 }],
  },
  clicks: [{ network: "retrack", id, at: "2026-05-10T10:00:00Z" }],
});

/** Of the shape of Retrack's click ids. */
const clickId = (index: number) => `625fae10-1eb0-11eb-adc1-0242ac${String(index).padStart(6, "0")}`;

describe("report", () => {
  test("reports the same orders from CSV as from JSON lines, and each once", async () => {
    const [csv, json] = await Promise.all(
      ["orders.csv", "orders.jsonl"].map(async (name) => {
        const { cwd, collector } = await aFolder();
        cpSync(`examples/report/${name}`, join(cwd, name));
        const { code, stdout } = await cashtrail(["report", name], { cwd });
        expect([code, stdout]).toEqual([
          0,
          `${cwd}/${name}: 3 orders\n  credited to retrack 1, shopback 1\n  1 credited to nobody\n`,
        ]);
        expect(readdirSync(cwd).sort()).toEqual(["cashtrail.config.ts", name]);
        const found = await collector.find();
        return { cwd, found: found.map(({ number, network, click, order }) => ({ number, network, click, order })) };
      }),
    );
    const again = await cashtrail(["report", "orders.csv", "--json"], { cwd: csv?.cwd as string });
    expect([again.code, JSON.parse(again.stdout)]).toEqual([
      0,
      { dryRun: false, orders: 3, credited: {}, uncredited: 1, known: 2, differing: 0, unusable: 0, problems: [] },
    ]);
    expect(csv?.found).toEqual(json?.found);
    expect(csv?.found).toEqual([
      expect.objectContaining({ number: "1002", network: "shopback" }),
      {
        number: "1001",
        network: "retrack",
        click: { network: "retrack", id: "625fae10-1eb0-11eb-adc1-0242ac120002", at: new Date("2026-11-20T08:58:12Z") },
        order: {
          number: "1001",
          currency: "SEK",
          placedAt: new Date("2026-11-20T09:15:00Z"),
          lines: [
            { sku: "mug", name: "Stoneware mug", quantity: 2, net: 20_000, vat: 5_000 },
            { sku: "vase", name: "Vase, blue", quantity: 1, net: 12_000, vat: 3_000 },
          ],
          discount: { net: 1_000, vat: 250 },
        },
      },
    ]);
  });

  test("tells everything that is wrong with every line, and reports the others", async () => {
    const { cwd, collector } = await aFolder();
    await collector.report(
      { clicks: order("7", clickId(7)).clicks },
      {
        ...order("7", clickId(7)).order,
        placedAt: new Date("2026-05-10T11:00:00Z"),
      },
    );
    writeFileSync(
      join(cwd, "orders.jsonl"),
      [
        '{"order":{"number":"1"',
        JSON.stringify({
          ...order("2", clickId(2)),
          order: { ...order("2", "").order, currency: "kr", placedAt: undefined },
        }),
        JSON.stringify(order("3", clickId(3))),
        JSON.stringify(order("4", clickId(4))),
        JSON.stringify(order("4", clickId(5))),
        JSON.stringify({ ...order("7", clickId(7)), order: { ...order("7", "").order, currency: "EUR" } }),
      ].join("\n"),
    );
    // As spreadsheets of many countries write it.
    writeFileSync(
      join(cwd, "orders.csv"),
      `\ufeffnumber;currency;placedAt;sku;name;quantity;net;vat
11;SEK;2026-05-10T11:00:00Z;mug;Mug;1;125.50;25
12;SEK;2026-05-10;mug;Mug;0;12;1
13;SEK;2026-05-10T11:00:00Z;mug;Mug;1;12;1
13;EUR;;vase;"Vase;
of glass";1;12;1
14;SEK;2026-05-10T11:00:00Z;mug;Mug;1;12
15;SEK;2026-05-10T11:00:00Z;mug;Mug;1;12;1
;;;;;;;
`,
    );
    writeFileSync(join(cwd, "other.csv"), "number,curency,sku\n1,SEK,mug\n");
    const [lines, rows, header] = await Promise.all(
      ["orders.jsonl", "orders.csv", "other.csv"].map((name) => cashtrail(["report", name], { cwd })),
    );
    expect(lines?.code).toBe(1);
    expect(lines?.stderr).toMatch(/^line 1:\n {2}is no JSON: .+$/m);
    expect(lines?.stderr).toContain(
      "line 2 (order 2):\n  order.currency: must be an ISO 4217 code in capitals, like SEK\n",
    );
    expect(lines?.stderr).toContain("line 4 (order 4):\n  the number is there more than once, from lines 4 and 5");
    expect(lines?.stderr).toContain(
      "line 6 (order 7):\n  was reported before with other contents, and stays as it was",
    );
    expect(lines?.stdout).toBe(
      `${cwd}/orders.jsonl: 6 orders
  credited to retrack 1
  1 reported before with other contents: left as they were
  4 cannot be used: see above
`,
    );
    expect([rows?.code, rows?.stderr]).toEqual([
      1,
      `line 2 (order 11):
  line 2, net: must be an integer in minor units: 12550 for 125.50
line 3 (order 12):
  line 3, quantity: must be a whole number of at least 1
  line 3, placedAt: an ISO 8601 time with its offset is wanted: 2026-05-10T11:00:00Z
line 4 (order 13):
  line 5, currency: is another than the order's first row says, on line 4
line 7 (order 14):
  line 7: has 7 cells, and the first line 8
`,
    ]);
    expect([header?.code, header?.stderr]).toEqual([
      2,
      expect.stringMatching(/^ {2}curency is not known: did you mean currency\?\n {2}currency is missing\n/m),
    ]);
    expect((await collector.find()).map(({ number }) => number)).toEqual(["3", "7"]);
  });

  test("broken off, goes on where it was", async () => {
    const { cwd, collector } = await aFolder();
    const path = join(cwd, "orders.jsonl");
    const orders = Array.from({ length: 4000 }, (_, index) => JSON.stringify(order(`n${index}`, clickId(index))));
    writeFileSync(path, ["no JSON", ...orders].join("\n"));
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const watcher = watch(cwd, (_event, name) => name === "orders.jsonl.progress" && resolve());
    const first = started(["report", "orders.jsonl"], { cwd });
    await begun;
    watcher.close();
    first.child.kill("SIGINT");
    const { code, stderr } = await first.ended;
    const [, line] = /Stopped behind line (\d+): it was asked to\. Run the same again/.exec(stderr) ?? [];
    expect([code, Number(line) > 0, Number(line) < 4001]).toEqual([3, true, true]);
    expect(JSON.parse(readFileSync(`${path}.progress`, "utf8")).line).toBe(Number(line));
    const rest = await cashtrail(["report", "orders.jsonl", "--json"], { cwd });
    expect(rest.stderr).toContain(`Going on behind line ${line}, where the last run was broken off.`);
    // What was done before it was broken off is counted, and the line that was wrong too.
    expect([rest.code, JSON.parse(rest.stdout)]).toEqual([
      1,
      expect.objectContaining({ orders: 4001, credited: { retrack: 4000 }, known: 0, unusable: 1 }),
    ]);
    expect((await collector.backlog())[0]?.pending).toBe(4000);
    expect(existsSync(`${path}.progress`)).toBe(false);
  });

  test("writes nothing in a dry run, and goes by no bookmark of another file", async () => {
    const { cwd, collector } = await aFolder();
    const path = join(cwd, "orders.jsonl");
    writeFileSync(path, [1, 2].map((one) => JSON.stringify(order(String(one), clickId(one)))).join("\n"));
    const tally = { orders: 1, credited: { shopback: 1 }, uncredited: 0, known: 0, differing: 0, unusable: 0 };
    writeFileSync(`${path}.progress`, JSON.stringify({ size: 1, mtimeMs: 1, line: 1, tally }));
    const dry = await cashtrail(["report", path, "--dry-run"], { cwd });
    expect([dry.code, dry.stdout]).toEqual([
      0,
      `${path}: 2 orders\n  would be credited to retrack 2\nNothing was written. The same without --dry-run reports them.\n`,
    ]);
    expect(await collector.find()).toEqual([]);
    const done = await cashtrail(["report", path, "--json"], { cwd });
    expect(JSON.parse(done.stdout)).toMatchObject({ orders: 2, credited: { retrack: 2 } });
    expect(await collector.find()).toHaveLength(2);
  });
});
