import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
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
          `${cwd}/${name}: 3 orders\n  credited to retrack 1, shopback 1\n  1 credited to nobody: the order carries no click\n`,
        ]);
        expect(readdirSync(cwd).sort()).toEqual(["cashtrail.config.ts", name]);
        const found = await collector.find();
        return { cwd, found: found.map(({ number, network, click, order }) => ({ number, network, click, order })) };
      }),
    );
    const again = await cashtrail(["report", "orders.csv", "--json"], { cwd: csv?.cwd as string });
    expect([again.code, JSON.parse(again.stdout)]).toEqual([
      0,
      {
        dryRun: false,
        orders: 3,
        credited: {},
        uncredited: { "the order carries no click": 1 },
        known: 2,
        differing: 0,
        unusable: 0,
        problems: [],
      },
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
11;SEK;2026-05-10T11:00:00Z;mug;Mug;1.0;125.00;12.000
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
    expect(lines?.stderr).toContain(
      "line 4 (order 4):\n  the number is there more than once, on lines 4 and 5, and not the same each time: leave the one that is right\n",
    );
    expect(lines?.stderr).toContain(
      'line 6 (order 7):\n  was reported before with other contents, and stays as it was: "cashtrail show 7" has it.',
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
  line 2, quantity: a whole number is wanted
  line 2, net: an integer in minor units is wanted: 12550 for 125.50
  line 2, vat: an integer in minor units is wanted: 12550 for 125.50
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

  test("counts an order once that is there on several lines, and says so before anything is written", async () => {
    const { cwd, collector } = await aFolder();
    const path = join(cwd, "orders.jsonl");
    const one = order("1", clickId(1));
    const uncredited = { ...order("2", ""), clicks: [] };
    const retried = { clicks: one.clicks, order: { ...one.order, placedAt: "2026-05-10T11:00:03Z" } };
    const other = { ...order("3", clickId(4)), order: { ...order("3", "").order, currency: "EUR" } };
    const lines = [one, one, uncredited, retried, uncredited, order("3", clickId(3)), other, order("3", clickId(3))];
    writeFileSync(path, lines.map((line) => JSON.stringify(line)).join("\n"));
    const dry = await cashtrail(["report", path, "--dry-run", "--json"], { cwd });
    const real = await cashtrail(["report", path, "--json"], { cwd });
    for (const { code, stdout, stderr } of [dry, real]) {
      expect([code, JSON.parse(stdout)]).toEqual([
        1,
        expect.objectContaining({
          orders: 8,
          credited: { retrack: 1 },
          uncredited: { "the order carries no click": 1 },
          known: 3,
          unusable: 3,
        }),
      ]);
      expect(stderr).toMatch(
        /^line 8 \(order 3\):\n {2}the number is there more than once, on lines 6 and 7 and 8, and/m,
      );
    }
    expect(await collector.find()).toMatchObject([{ number: "1", click: { id: clickId(1) } }]);
  });

  test("of rows that are apart from their order's first ones, says only that they are", async () => {
    const { cwd } = await aFolder();
    const rows = [
      "number,currency,placedAt,sku,name,quantity,net,vat",
      "1,SEK,2026-05-10T11:00:00Z,mug,Mug,0,100,25",
      "2,SEK,2026-05-10T11:00:00Z,mug,Mug,1,100,25",
      "1,,,vase,Vase,1,100,25",
    ];
    writeFileSync(join(cwd, "orders.csv"), rows.join("\n"));
    const { stderr } = await cashtrail(["report", "orders.csv"], { cwd });
    const apart = "the number is there more than once, from lines 2 and 4: rows of one order must follow one another";
    expect(stderr).toBe(
      `line 2 (order 1):\n  ${apart}\n  line 2, quantity: must be a whole number of at least 1\nline 4 (order 1):\n  ${apart}\n`,
    );
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

  test("broken off, says how far it came, and goes by that only on the same ledger and for the same accounts", async () => {
    const { cwd, path: ledger } = await aFolder();
    const bookmark = join(cwd, "orders.jsonl.progress");
    const orders = Array.from({ length: 65 }, (_, index) => JSON.stringify(order(`n${index}`, clickId(index))));
    writeFileSync(join(cwd, "orders.jsonl"), orders.join("\n"));
    const database = new DatabaseSync(ledger);
    database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON conversions WHEN NEW.number = 'n64' BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    const broken = await cashtrail(["report", "orders.jsonl", "--json"], { cwd });
    database.exec("DROP TRIGGER full");
    database.close();
    expect([broken.code, JSON.parse(broken.stdout)]).toEqual([
      3,
      expect.objectContaining({
        orders: 64,
        credited: { retrack: 64 },
        stopped: { line: 64, reason: expect.stringContaining("full") },
      }),
    ]);
    const kept = readFileSync(bookmark, "utf8");
    const config = readFileSync(join(cwd, "cashtrail.config.ts"), "utf8");
    const again = async (name: string, text: string) => {
      writeFileSync(join(cwd, name), text);
      writeFileSync(bookmark, kept);
      const { stderr, stdout } = await cashtrail(["report", "orders.jsonl", "--json", "--config", name], { cwd });
      const { orders, credited, known } = JSON.parse(stdout);
      return [stderr, orders, credited, known];
    };
    expect(await again("elsewhere.ts", config.replace(JSON.stringify(ledger), '"elsewhere.db"'))).toEqual([
      "",
      65,
      { retrack: 65 },
      0,
    ]);
    expect(await again("retrack-only.ts", config.replace(/shopback\(.*\),/, ""))).toEqual(["", 65, { retrack: 1 }, 64]);
    expect(await again("as-it-was.ts", config)).toEqual([
      "Going on behind line 64, where the last run was broken off.\n",
      65,
      { retrack: 64 },
      1,
    ]);
  });

  test("refuses a click of a network that has no account", async () => {
    const { cwd, collector } = await aFolder();
    const stranger = {
      ...order("1", clickId(1)),
      clicks: [{ ...order("1", clickId(1)).clicks[0], network: "retrak" }],
    };
    writeFileSync(join(cwd, "orders.jsonl"), JSON.stringify(stranger));
    writeFileSync(
      join(cwd, "orders.csv"),
      `number,currency,placedAt,network,clickId,clickAt,sku,name,quantity,net,vat
2,MYR,2026-05-10T11:00:00Z,shopback:MY,${clickId(2)},2026-05-10T10:00:00Z,mug,Mug,1,100,6
`,
    );
    const json = await cashtrail(["report", "orders.jsonl"], { cwd });
    const csv = await cashtrail(["report", "orders.csv"], { cwd });
    expect([json.code, json.stderr]).toEqual([
      1,
      'line 1 (order 1):\n  clicks.0.network: "retrak" has no account: there are accounts of retrack, shopback\n',
    ]);
    expect([csv.code, csv.stderr]).toEqual([
      1,
      'line 2 (order 2):\n  line 2, network: "shopback:MY" has no account: there are accounts of retrack, shopback\n',
    ]);
    expect(await collector.uncredited()).toEqual({ count: 0, newest: [] });
  });

  test("says how a line is to be written that is an order by itself", async () => {
    const { cwd } = await aFolder();
    writeFileSync(join(cwd, "orders.jsonl"), JSON.stringify(order("1", "").order));
    const { code, stderr } = await cashtrail(["report", "orders.jsonl"], { cwd });
    expect([code, stderr]).toEqual([
      1,
      'line 1 (order 1):\n  is an order by itself: the order is wanted in "order", beside where the shopper came from: {"order": {…}, "clicks": […]}\n',
    ]);
  });

  test("reads JSON lines that begin with a byte order mark", async () => {
    const { cwd, collector } = await aFolder();
    writeFileSync(join(cwd, "orders.jsonl"), `\ufeff${JSON.stringify(order("1", clickId(1)))}\n`);
    expect((await cashtrail(["report", "orders.jsonl"], { cwd })).code).toBe(0);
    expect(await collector.find()).toHaveLength(1);
  });

  test("tells the line of what stands behind blank lines and cells of several lines", async () => {
    const { cwd } = await aFolder();
    const rows = [
      "number,currency,placedAt,sku,name,quantity,net,vat",
      '1,SEK,2026-05-10T11:00:00Z,mug,"Mug',
      "",
      'of clay",0,100,25',
      "",
      "2,SEK,2026-05-10T11:00:00Z,mug,Mug,0,100,25",
    ];
    writeFileSync(join(cwd, "orders.csv"), rows.join("\r\n"));
    const { stderr } = await cashtrail(["report", "orders.csv"], { cwd });
    expect(stderr).toBe(
      `line 2 (order 1):
  line 2, quantity: must be a whole number of at least 1
line 6 (order 2):
  line 6, quantity: must be a whole number of at least 1
`,
    );
  });

  test("refuses a folder, and a file without orders", async () => {
    const { cwd } = await aFolder();
    mkdirSync(join(cwd, "orders"));
    writeFileSync(join(cwd, "empty.jsonl"), "\n");
    writeFileSync(join(cwd, "empty.csv"), "number,currency,placedAt,sku,name,quantity,net,vat\n");
    const ends = await Promise.all(
      [["orders", "--format", "csv"], ["empty.jsonl"], ["empty.csv"]].map((words) =>
        cashtrail(["report", ...words], { cwd }),
      ),
    );
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
      [2, `There is no file ${cwd}/orders. A folder or a pipe will not do: it is read twice.\n`],
      [2, `${cwd}/empty.jsonl has no orders.\n`],
      [2, `${cwd}/empty.csv has no orders.\n`],
    ]);
  });

  test("writes nothing in a dry run: no ledger, no journal, and leaves a bookmark alone", async () => {
    const { cwd, path: ledger } = await aFolder();
    const config = join(cwd, "cashtrail.config.ts");
    writeFileSync(config, readFileSync(config, "utf8").replace(JSON.stringify(ledger), '"./cashtrail.db"'));
    const path = join(cwd, "orders.jsonl");
    writeFileSync(path, [1, 2].map((one) => JSON.stringify(order(String(one), clickId(one)))).join("\n"));
    // Of a real run that was broken off.
    writeFileSync(`${path}.progress`, "its bookmark");
    const names = ["cashtrail.config.ts", "orders.jsonl", "orders.jsonl.progress"];
    const dry = await cashtrail(["report", path, "--dry-run"], { cwd });
    expect([dry.code, dry.stdout]).toEqual([
      0,
      `${path}: 2 orders\n  would be credited to retrack 2\nNothing was written. The same without --dry-run reports them.\n`,
    ]);
    expect(readdirSync(cwd).sort()).toEqual(names);
    expect(readFileSync(`${path}.progress`, "utf8")).toBe("its bookmark");
  });

  test("foresees what is reported before, as it stands or otherwise", async () => {
    const { cwd, path: ledger, collector } = await aFolder();
    const path = join(cwd, "orders.jsonl");
    for (const number of ["1", "2"])
      await collector.report(
        { clicks: order(number, clickId(1)).clicks },
        { ...order(number, "").order, placedAt: new Date("2026-05-10T11:00:00Z") },
      );
    await collector.lead(
      { clicks: order("3", clickId(3)).clicks },
      { reference: "3", at: new Date("2026-05-10T11:00:00Z") },
    );
    rmSync(`${ledger}.journal`, { recursive: true });
    const others = [order("1", clickId(1)), order("3", clickId(3)), { ...order("4", ""), clicks: [] }];
    const changed = { ...order("2", clickId(1)), order: { ...order("2", "").order, currency: "EUR" } };
    writeFileSync(path, [changed, ...others].map((one) => JSON.stringify(one)).join("\n"));
    const { code, stdout, stderr } = await cashtrail(["report", path, "--dry-run", "--json"], { cwd });
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({
        orders: 4,
        credited: { retrack: 1 },
        uncredited: { "the order carries no click": 1 },
        known: 1,
        differing: 1,
      }),
    ]);
    expect(stderr).toContain("line 1 (order 2):\n  was reported before with other contents");
    expect(existsSync(`${ledger}.journal`)).toBe(false);
  });

  test("goes by no bookmark of another file", async () => {
    const { cwd, collector } = await aFolder();
    const path = join(cwd, "orders.jsonl");
    writeFileSync(path, [1, 2].map((one) => JSON.stringify(order(String(one), clickId(one)))).join("\n"));
    const tally = { orders: 1, credited: { shopback: 1 }, uncredited: {}, known: 0, differing: 0, unusable: 0 };
    writeFileSync(`${path}.progress`, JSON.stringify({ of: "another", line: 1, tally }));
    const done = await cashtrail(["report", path, "--json"], { cwd });
    expect(JSON.parse(done.stdout)).toMatchObject({ orders: 2, credited: { retrack: 2 } });
    expect(await collector.find()).toHaveLength(2);
  });
});
