import type { Registered } from "./command.ts";
import { Failure } from "./failure.ts";
import { nearest } from "./nearest.ts";

/** What yargs says of a command line that cannot be read, with what was probably meant. */
export function usageFailure(
  message: string,
  words: readonly string[],
  commands: readonly Registered[],
  global: readonly string[],
): Failure {
  const command = commands.find(({ name }) => words.includes(name));
  const see = `See "cashtrail ${command ? `${command.name} ` : ""}--help".`;
  // yargs would take no word after it for a positional: "resend -- 1001" would mean every order.
  if (words.includes("--")) return new Failure(2, `Leave out the -- that stands alone. ${see}`);
  const [, unknown] = /^Unknown (?:argument|command)s?: (.+)$/s.exec(message) ?? [];
  if (unknown === undefined) return new Failure(2, `${inWords(message, command)} ${see}`);
  const names = unknown.split(", ");
  const short = names.filter(
    (name) => name.length === 1 && words.some((word) => /^-[^-]/.test(word) && word.includes(name)),
  );
  const unknownOptions = names.filter((name) => words.some((word) => optionIn(word) === name));
  // yargs lists a name with dashes a second time without them.
  const unknownWords = names.filter((name) => !unknownOptions.includes(name) && words.includes(name));
  return new Failure(
    2,
    [
      ...short.map((name) => `-${name} is not known.`),
      ...unknownOptions.map((name) =>
        suggestion(
          `--${name}`,
          [...(command?.options ?? []), ...global].map((one) => `--${one}`),
        ),
      ),
      ...unknownWords.map((name) => suggestion(name, command ? [] : commands.map((one) => one.name))),
      see,
    ].join("\n"),
  );
}

function optionIn(word: string): string | undefined {
  return /^--(?:no-)?([^=-][^=]*)/.exec(word)?.[1];
}

function suggestion(given: string, known: readonly string[]): string {
  const meant = nearest(given, known);
  return meant === undefined ? `${given} is not known.` : `${given} is not known: did you mean ${meant}?`;
}

function inWords(message: string, command: Registered | undefined): string {
  const [, following] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
  if (following !== undefined) return `--${following} wants a value.`;
  if (/^Not enough non-option arguments/.test(message))
    return `Something is missing: cashtrail ${command?.usage ?? ""}.`;
  const wrong = [...message.matchAll(/Argument: (.+), Given: (.+), Choices: (.+)/g)];
  if (wrong.length > 0)
    return wrong.map(([, name, given, choices]) => `${name} cannot be ${given}: it is one of ${choices}.`).join(" ");
  return /[.?]$/.test(message) ? message : `${message}.`;
}
