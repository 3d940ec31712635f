import yargs from "yargs";
import { command } from "../command.ts";

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
  async run({ shell }) {
    // yargs goes by this alone, read when it is made.
    if (shell !== undefined) process.env.SHELL = shell;
    yargs().scriptName("cashtrail").showCompletionScript();
    return 0;
  },
});
