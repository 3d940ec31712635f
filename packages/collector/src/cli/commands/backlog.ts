import { lasting } from "../../telling/lasting.ts";
import { command } from "../command.ts";
import { withCollector } from "../open-collector.ts";
import { table } from "../table.ts";
import { lineWidth, plain, print, printJson, styled } from "../terminal.ts";

export const backlog = command({
  command: "backlog",
  describe: "what waits, is held or failed, by account",
  positionals: {},
  options: {},
  async run({ json, config }) {
    const accounts = await withCollector({ config }, ({ collector }) => collector.backlog());
    // Whether a network is down, only the process that delivers notices.
    const waiting = accounts.map(({ down: _, ...waits }) => waits);
    if (json) printJson(waiting);
    else {
      const count = (many: number, look: "yellow" | "red") =>
        many === 0 ? "0" : { text: String(many), style: (text: string) => styled(look, text) };
      const age = (milliseconds: number | undefined) => (milliseconds === undefined ? "" : lasting(milliseconds));
      const columns = [
        { title: "account" },
        { title: "pending", right: true },
        { title: "oldest", right: true },
        { title: "held", right: true },
        { title: "oldest", right: true },
        { title: "failed", right: true },
        { title: "oldest", right: true },
      ];
      const rows = waiting.map(({ network, pending, held, failed, oldest }) => [
        plain(network),
        String(pending),
        age(oldest.pending),
        count(held, "yellow"),
        age(oldest.held),
        count(failed, "red"),
        age(oldest.failed),
      ]);
      print(table(columns, rows, lineWidth()));
    }
    return 0;
  },
});
