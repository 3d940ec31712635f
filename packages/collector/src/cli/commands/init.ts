import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseEnv } from "node:util";
import { defaultAccounts } from "../../sandbox/sandbox.ts";
import { command } from "../command.ts";
import { configNames } from "../config.ts";
import { hostsIn, mistakesIn } from "../config-facts.ts";
import { type ConfigFacts, configText, environmentText } from "../config-text.ts";
import { Failure } from "../failure.ts";
import { asked } from "../init-questions.ts";
import { print, printJson, styled } from "../terminal.ts";

export const init = command({
  command: "init",
  describe: "write a config, asking what it needs",
  positionals: {},
  options: {
    networks: {
      type: "string",
      array: true,
      choices: ["retrack", "shopback"] as const,
      requiresArg: true,
      describe: "which",
    },
    event: { type: "string", requiresArg: true, describe: "Retrack: the UUID of the programme's commission event" },
    offer: { type: "string", requiresArg: true, describe: "ShopBack: the order offer id" },
    currency: { type: "string", requiresArg: true, describe: "ShopBack: the account's currency, or any" },
    amount: {
      choices: ["gross", "net"] as const,
      requiresArg: true,
      describe: "ShopBack: amounts with VAT, or without",
    },
    hosts: { type: "string", array: true, requiresArg: true, describe: "the store's own host names" },
    ledger: {
      type: "string",
      requiresArg: true,
      describe: "sqlite, or postgres where several instances run",
      choices: ["sqlite", "postgres"] as const,
    },
    sandbox: {
      type: "boolean",
      default: false,
      describe: "to try it out: accounts of the sandbox, and their tokens in .env",
    },
    yes: { type: "boolean", default: false, describe: "do not ask: all that is needed is given" },
  },
  examples: [
    ["init", "asks"],
    ["init --yes --sandbox", "to try it out"],
    [
      "init --yes --networks retrack --event 1f80e399-6f55-4cef-b8b0-0f74752c1ceb --hosts www.store-domain.com",
      "unattended",
    ],
  ],
  async run({ yes, sandbox, json, networks, event, offer, currency, amount, hosts, ledger }) {
    const folder = process.cwd();
    const there = configNames.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (there !== undefined)
      throw new Failure(1, `${there} is there already, and stays as it is: edit it, or move it away first.`);
    const given = givenIn({ networks, event, offer, currency, amount, hosts: hosts?.flatMap(hostsIn), ledger });
    const known = { ...(sandbox && tried), ...(yes && assumed), ...given };
    const [missing, mistakes] = [yes ? missingIn(known) : [], mistakesIn(known)];
    const problems = [
      ...(missing.length > 0 ? [wantedText(missing, known)] : []),
      ...mistakes.map(({ path, message }) => `--${path}: ${message}`),
    ];
    if (problems.length > 0)
      throw new Failure(2, problems.join("\n"), {
        issues: [...missing.map((path) => ({ path, message: "is wanted" })), ...mistakes],
      });
    const facts = yes ? (known as ConfigFacts) : await asked(known);
    const path = join(folder, "cashtrail.config.ts");
    write(path, configText(facts), 0o644);
    const environment = join(folder, ".env");
    const { isNew, toAdd, toSet } = writeEnvironment(environment, facts, sandbox ? sandboxTokens : {});
    if (json) {
      printJson({ config: path, environment, isEnvironmentNew: isNew, toAdd });
      return 0;
    }
    print(
      [
        `Written: ${relative(folder, path)}${isNew ? ", .env" : ""}`,
        "",
        styled("bold", "Next"),
        ...nextSteps({ sandbox, toAdd, toSet }).map((step, index) => `  ${index + 1}. ${step}`),
        "",
        "In a server of your own: import the config, and load .env yourself: node --env-file=.env server.js",
        "Before you go live: docs/going-live.md of the project; cashtrail doctor checks each step of it.",
      ].join("\n"),
    );
    return 0;
  },
});

const { retrack, shopback } = defaultAccounts;

/** What the sandbox's accounts are. */
const tried: Partial<ConfigFacts> = {
  event: retrack.event,
  offer: shopback.offer,
  currency: shopback.currency,
  amount: "gross",
  validation: shopback.validation,
};

const sandboxTokens: Readonly<Record<string, string>> = {
  RETRACK_TOKEN: retrack.token,
  SHOPBACK_TOKEN: shopback.securityToken,
};

/** What stands where nobody is asked. */
const assumed: Partial<ConfigFacts> = { networks: ["retrack", "shopback"], hosts: [], ledger: "sqlite" };

function givenIn(
  options: { readonly [Name in keyof ConfigFacts]?: ConfigFacts[Name] | undefined },
): Partial<ConfigFacts> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function missingIn(given: Partial<ConfigFacts>): string[] {
  const wanted: (keyof ConfigFacts)[] = [
    ...(given.networks?.includes("retrack") ? (["event"] as const) : []),
    ...(given.networks?.includes("shopback") ? (["offer", "currency", "amount"] as const) : []),
  ];
  return wanted.filter((name) => given[name] === undefined);
}

function wantedText(missing: readonly string[], { networks = [] }: Partial<ConfigFacts>): string {
  const options = missing.map((name) => `--${name}`).join(", ");
  return `With --yes nothing is asked, and ${options} ${missing.length === 1 ? "is" : "are"} wanted for ${networks.join(" and ")}. To try it out without: add --sandbox.`;
}

interface Environment {
  readonly isNew: boolean;
  /** Lines that a file which was there has to be given. */
  readonly toAdd: readonly string[];
  /** Variables that nobody knows but the store. */
  readonly toSet: readonly string[];
}

function writeEnvironment(path: string, facts: ConfigFacts, tokens: Readonly<Record<string, string>>): Environment {
  const text = environmentText(facts, randomBytes(32).toString("hex"), tokens);
  const isNew = !existsSync(path);
  // Readable by its owner alone: it has tokens in it, or will.
  if (isNew) write(path, text, 0o600);
  const there = parseEnv(readFileSync(path, "utf8"));
  const variables = Object.entries(parseEnv(text));
  return {
    isNew,
    toAdd: variables
      .filter(([name]) => there[name] === undefined || there[name] !== (tokens[name] ?? there[name]))
      .map(([name, value]) => `${name}=${value}`),
    toSet: variables.filter(([name, value]) => (there[name] ?? value) === "").map(([name]) => name),
  };
}

/** Never over what is there, made a moment ago or not. */
function write(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { flag: "wx", mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new Failure(1, `${path} is there already, and stays as it is.`);
    throw new Failure(3, `${resolve(path)} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

function nextSteps({ sandbox, toAdd, toSet }: { sandbox: boolean } & Omit<Environment, "isNew">): string[] {
  return [
    ...(toAdd.length > 0 ? [["Add to .env:", ...toAdd].join("\n       ")] : []),
    ...(toSet.length > 0 ? [`Set ${toSet.join(" and ")} in .env, or in the environment of whatever runs it.`] : []),
    ...(sandbox ? ["cashtrail sandbox      in another terminal: stand-ins of the networks"] : []),
    "Keep .env out of version control.",
    "cashtrail serve        the collector as a server of its own; or import the config in your own server",
    "cashtrail snippet      the script tag for your pages",
    "cashtrail doctor       what is still missing or wrong; with --url, of the running store too",
  ];
}
