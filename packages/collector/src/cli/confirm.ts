import { confirm, isCancel } from "@clack/prompts";
import { Failure } from "./failure.ts";

/** Whether a person at the terminal agrees. Where nobody can be asked, `--yes` has to say so. */
export async function agreed(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) throw new Failure(2, "Nothing was done: nobody can be asked here. Add --yes to do it.");
  // Who hangs up has not agreed: the process ends here then.
  process.exitCode = 1;
  // Standard output is for what was asked for.
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}
