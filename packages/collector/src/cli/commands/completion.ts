import yargs from "yargs";
import { command } from "../command.ts";
import { Failure } from "../failure.ts";

const shells = ["bash", "zsh", "fish"] as const;

export const completion = command({
  command: "completion [shell]",
  describe: "print the completion script of a shell",
  positionals: { shell: { type: "string", choices: shells, describe: "else the one SHELL names" } },
  options: {},
  examples: [
    ["completion bash >> ~/.bashrc", ""],
    ["completion zsh >> ~/.zshrc", ""],
    ["completion fish > ~/.config/fish/completions/cashtrail.fish", ""],
  ],
  async run({ shell, json }) {
    if (json) throw new Failure(2, "It is a script of the shell's, and no JSON: leave out --json.");
    // yargs goes by this alone, read when it is made.
    if (shell !== undefined) process.env.SHELL = shell;
    yargs().scriptName("cashtrail").showCompletionScript();
    return 0;
  },
});
