import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { serve } from "../support/collector-server.ts";
import { openStore } from "../support/sandboxed-store.ts";

const TOKEN = "a-token-of-the-operator";

/** The series of a collector that has done nothing yet, each as its name and its labels. */
async function series(): Promise<string[]> {
  const { collector } = await openStore({ adminToken: TOKEN });
  const url = await serve((app) => app.use("/cashtrail", collector.router));
  const response = await fetch(`${url}/cashtrail/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const lines = (await response.text()).trimEnd().split("\n");
  return lines.filter((line) => /^\w/.test(line)).map((line) => line.replace(/ \S+$/, ""));
}

interface Named {
  readonly name: string;
  /** Labels with their values, as a query has them: `state="held"`. */
  readonly matchers: readonly string[];
}

function metricsIn(text: string): Named[] {
  return [...text.matchAll(/\b(cashtrail_\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", labels = ""]) => ({
    name,
    matchers: labels.split(/, */).filter(Boolean),
  }));
}

/** Those no series has: `sum by` labels are not among them. */
function missing(named: readonly Named[], all: readonly string[]): Named[] {
  return named.filter(
    ({ name, matchers }) =>
      !all.some((one) => one.replace(/\{.*/, "") === name && matchers.every((matcher) => one.includes(matcher))),
  );
}

/** The labels that queries group by. */
function groupingsIn(text: string): string[] {
  const own = ["instance", "le"];
  return [...text.matchAll(/\bby \(([^)]*)\)/g)]
    .flatMap(([, labels = ""]) => labels.split(/, */))
    .filter((label) => !own.includes(label));
}

describe("the example alerts", () => {
  const text = readFileSync("examples/monitoring/alerts.yml", "utf8");
  const expressions = text.replace(/#.*/g, "");

  test("name only metrics, labels and values that there are", async () => {
    const all = await series();
    const named = metricsIn(expressions);
    expect(named.length).toBeGreaterThan(10);
    expect(missing(named, all)).toEqual([]);
    const labels = all.join(" ");
    expect(groupingsIn(expressions).filter((label) => !labels.includes(`${label}="`))).toEqual([]);
  });

  test("each have a name, an expression, a severity and a summary", () => {
    const rules = expressions.split("- alert: ").slice(1);
    expect(rules.length).toBe(11);
    const wanted = [
      /^Cashtrail[A-Za-z]+\n/,
      /\n +expr: /,
      /\n +labels: \{ severity: (?:page|ticket) \}\n/,
      /\n +summary: \S/,
    ];
    for (const rule of rules) for (const pattern of wanted) expect(rule).toMatch(pattern);
  });

  test("are each explained in docs/operating.md", () => {
    const operating = readFileSync("docs/operating.md", "utf8");
    const names = [...text.matchAll(/- alert: (\w+)/g)].map(([, name = ""]) => name);
    expect(names.filter((name) => !operating.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the example Grafana board", () => {
  const board = JSON.parse(readFileSync("examples/monitoring/grafana-dashboard.json", "utf8"));
  const panels: {
    id: number;
    title: string;
    gridPos: Record<"x" | "y" | "w" | "h", number>;
    targets: { expr: string }[];
  }[] = board.panels;

  test("names only metrics, labels and values that there are", async () => {
    const all = await series();
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
    const named = metricsIn(expressions);
    expect(named.length).toBeGreaterThan(15);
    expect(missing(named, all)).toEqual([]);
    const labels = all.join(" ");
    expect(groupingsIn(expressions).filter((label) => !labels.includes(`${label}="`))).toEqual([]);
  });

  test("has panels with names of their own, that do not lie on one another", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });
});

test("docs/operating.md explains every event", () => {
  const operating = readFileSync("docs/operating.md", "utf8");
  const types = readFileSync("packages/collector/src/event.ts", "utf8").matchAll(/\btype: "([a-z-]+)"/g);
  const events = [...types].map(([, type = ""]) => type);
  expect(events.length).toBe(14);
  expect(events.filter((type) => !operating.includes(`| \`${type}\` |`))).toEqual([]);
});

test("docs/operating.md names every metric, and none that there is not", async () => {
  const all = new Set((await series()).map((one) => one.replace(/\{.*/, "").replace(/_(?:bucket|sum|count)$/, "")));
  const operating = readFileSync("docs/operating.md", "utf8");
  const named = new Set(metricsIn(operating).map(({ name }) => name));
  expect([...named].filter((name) => !all.has(name))).toEqual([]);
  expect([...all].filter((name) => !named.has(name))).toEqual([]);
});
