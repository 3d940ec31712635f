import { describe, expect, test } from "vitest";
import { table } from "../../../packages/collector/src/cli/table.ts";

const columns = [{ title: "order" }, { title: "sum", right: true }, { title: "why", cut: true }];
const rows = [
  ["1001", "237.50 SEK", "the network said no to the event"],
  ["A-20026", "1.00 SEK", ""],
];

describe("a table", () => {
  test("is as wide as what is in it", () => {
    expect(table(columns, rows, 80)).toBe(
      ["order           sum  why", "1001     237.50 SEK  the network said no to the event", "A-20026    1.00 SEK"].join(
        "\n",
      ),
    );
  });

  test("cuts what may be cut to fit, and no number", () => {
    expect(table(columns, rows, 36)).toBe(
      ["order           sum  why", "1001     237.50 SEK  the network sa…", "A-20026    1.00 SEK"].join("\n"),
    );
  });

  test("is a list for each row where it cannot fit", () => {
    expect(table(columns, rows, 20)).toBe(
      [
        "order  1001",
        "sum    237.50 SEK",
        "why    the network said no to the event",
        "",
        "order  A-20026",
        "sum    1.00 SEK",
      ].join("\n"),
    );
  });

  test("leaves out a column that is empty, and gives wide letters their room", () => {
    expect(
      table(
        columns,
        [
          ["1001", "", "陶器のマグ"],
          ["2", "", "x"],
        ],
        16,
      ),
    ).toBe(["order  why", "1001   陶器のマ…", "2      x"].join("\n"));
  });
});
