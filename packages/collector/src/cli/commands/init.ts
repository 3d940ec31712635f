import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { defaultAccounts } from "../../sandbox/sandbox.ts";
import { asked } from "../asked.ts";
import { command } from "../command.ts";
import { configNames } from "../config.ts";
import { type Answers, configText, environmentText } from "../config-text.ts";
import { Failure } from "../failure.ts";
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
    const { retrack, shopback } = defaultAccounts;
    const tried = {
      event: retrack.event,
      offer: shopback.offer,
      currency: shopback.currency,
      amount: "gross" as const,
      validation: shopback.validation,
    };
    const given: Partial<Answers> = {
      networks: networks ?? (yes ? ["retrack", "shopback"] : undefined),
      hosts: hosts ?? (yes ? [] : undefined),
      ledger: ledger ?? (yes ? "sqlite" : undefined),
      event: event ?? (sandbox ? tried.event : undefined),
      offer: offer ?? (sandbox ? tried.offer : undefined),
      currency: currency ?? (sandbox ? tried.currency : undefined),
      amount: amount ?? (sandbox ? tried.amount : undefined),
      ...(sandbox ? { validation: tried.validation } : {}),
    } as Partial<Answers>;
    const answers = yes ? complete(given) : await asked(given);
    const path = join(folder, "cashtrail.config.ts");
    write(path, configText(answers), 0o644);
    const environment = join(folder, ".env");
    const tokens = sandbox ? { RETRACK_TOKEN: retrack.token, SHOPBACK_TOKEN: shopback.securityToken } : {};
    const variables = environmentText(answers, randomBytes(32).toString("hex"), tokens);
    const hadEnvironment = existsSync(environment);
    // Readable by its owner alone: it has tokens in it, or will.
    if (!hadEnvironment) write(environment, variables, 0o600);
    if (json) {
      printJson({ config: path, environment, isEnvironmentNew: !hadEnvironment });
      return 0;
    }
    print(
      [
        `Written: ${relative(process.cwd(), path)}${hadEnvironment ? "" : ", .env"}`,
        "",
        styled("bold", "Next"),
        ...nextSteps(answers, sandbox, hadEnvironment).map((step, index) => `  ${index + 1}. ${step}`),
      ].join("\n"),
    );
    return 0;
  },
});

function complete(given: Partial<Answers>): Answers {
  const wanted: (keyof Answers)[] = [
    ...(given.networks?.includes("retrack") ? (["event"] as const) : []),
    ...(given.networks?.includes("shopback") ? (["offer", "currency", "amount"] as const) : []),
  ];
  const missing = wanted.filter((name) => given[name] === undefined);
  if (missing.length === 0) return given as Answers;
  throw new Failure(
    2,
    `With --yes nothing is asked, and ${missing.map((name) => `--${name}`).join(", ")} ${missing.length === 1 ? "is" : "are"} wanted for ${given.networks?.join(" and ")}. To try it out without: add --sandbox.`,
  );
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

function nextSteps({ networks }: Answers, sandbox: boolean, hadEnvironment: boolean): string[] {
  const names = [
    ...networks.map((network) => `${network.toUpperCase()}_TOKEN`),
    ...(hadEnvironment ? ["CASHTRAIL_TOKEN"] : []),
  ];
  return [
    ...(sandbox && !hadEnvironment
      ? ["cashtrail sandbox      in another terminal: stand-ins of the networks"]
      : [`Set ${names.join(" and ")} in .env, or in the environment of whatever runs it.`]),
    "Keep .env out of version control.",
    "cashtrail serve        the collector as a server of its own; or import the config in your own server",
    "cashtrail snippet      the script tag for your pages",
  ];
}
