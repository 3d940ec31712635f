import { cancel, intro, isCancel, multiselect, select, text } from "@clack/prompts";
import { hostsIn, wanted } from "./config-facts.ts";
import type { ConfigFacts } from "./config-text.ts";
import { Failure } from "./failure.ts";

// Standard output is for what was asked for.
const output = process.stderr;

/** Asks for what is not given. */
export async function asked(given: Partial<ConfigFacts>): Promise<ConfigFacts> {
  if (!process.stdin.isTTY)
    throw new Failure(2, 'Nobody can be asked here: add --yes, and what is needed. See "cashtrail init --help".');
  // Who hangs up has agreed to nothing: the process ends here then.
  process.exitCode = 1;
  intro("Cashtrail: a config for this store", { output });
  const networks =
    given.networks ??
    answerOf(
      await multiselect<"retrack" | "shopback">({
        message: "Which networks send you shoppers?",
        options: [
          { value: "retrack", label: "Retrack", hint: "Refunder" },
          { value: "shopback", label: "ShopBack" },
        ],
        required: true,
        output,
      }),
    );
  const hasRetrack = networks.includes("retrack");
  const hasShopback = networks.includes("shopback");
  const event = hasRetrack ? (given.event ?? (await line("event"))) : undefined;
  const offer = hasShopback ? (given.offer ?? (await line("offer"))) : undefined;
  const currency = hasShopback ? (given.currency ?? (await line("currency"))) : undefined;
  const amount = hasShopback
    ? (given.amount ??
      answerOf(
        await select<"gross" | "net">({
          message: "ShopBack: are amounts told with VAT or GST? Their pages do not say: ask them",
          options: [
            { value: "gross", label: "with" },
            { value: "net", label: "without" },
          ],
          output,
        }),
      ))
    : undefined;
  const hosts = given.hosts ?? hostsIn(await line("hosts"));
  const ledger =
    given.ledger ??
    answerOf(
      await select<"sqlite" | "postgres">({
        message: "Where is the ledger kept?",
        options: [
          { value: "sqlite", label: "In a file on this machine's disk" },
          { value: "postgres", label: "In PostgreSQL", hint: "where several instances run" },
        ],
        output,
      }),
    );
  return {
    ...{ networks, hosts, ledger },
    ...(event === undefined ? {} : { event }),
    ...(offer === undefined ? {} : { offer }),
    ...(currency === undefined ? {} : { currency }),
    ...(amount === undefined ? {} : { amount }),
    ...(given.validation ? { validation: given.validation } : {}),
  };
}

async function line(name: keyof typeof wanted): Promise<string> {
  const { question, shape, fits } = wanted[name];
  const validate = (value: string | undefined) => (fits(value?.trim() ?? "") ? undefined : `Wanted is ${shape}.`);
  return answerOf(await text({ message: question, validate, output })).trim();
}

function answerOf<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (!isCancel(answer)) return answer as Exclude<Answer, symbol>;
  cancel("Nothing was written.", { output });
  throw new Failure(1, "Nothing was written.");
}
