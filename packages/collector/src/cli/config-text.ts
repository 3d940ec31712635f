/** What a config is written of. */
export interface ConfigFacts {
  readonly networks: readonly ("retrack" | "shopback")[];
  readonly hosts: readonly string[];
  readonly ledger: "sqlite" | "postgres";
  readonly event?: string;
  readonly offer?: string;
  readonly currency?: string;
  readonly amount?: "gross" | "net";
  readonly validation?: { readonly offer: string; readonly affiliate: string };
}

const quoted = (text: string | undefined) => JSON.stringify(text ?? "");

/** A config with what each setting is for, and what else there is, beside it. */
export function configText(facts: ConfigFacts): string {
  const { networks, hosts, ledger } = facts;
  return `import { type CollectorOptions, ${[...networks].sort().join(", ")} } from "@cashtrail/collector";

// Settings of the collector, for the command "cashtrail" and for a server of your own:
//   import options from "./cashtrail.config.js";
//   const cashtrail = createCollector(options);
// That is what tsc wants. Where Node.js runs your server's TypeScript as it is, the path ends in .ts.
// Tokens come from the environment. The command also reads an .env file beside this one.

// The address "cashtrail sandbox" prints, while you try it out. Not set where orders are real.
const sandbox = process.env.CASHTRAIL_SANDBOX;

export default {
  // The accounts orders are reported to.
  networks: [
${networks.map((network) => (network === "retrack" ? retrackText(facts) : shopbackText(facts))).join("\n")}
  ],

${ledger === "sqlite" ? sqliteText : postgresText}

  // The hosts a deep link may lead to, exact names. Your own belongs here too: behind a proxy, nothing else says it.
  deepLinkHosts: [${hosts.map(quoted).join(", ")}],

  // When a click may be stored: "exempt" at once, "tcf", "google", "manual", or "cookie:NAME=VALUE".
  consent: "exempt",

  // Turns on the dashboard and the HTTP API, and lets in whoever has it. Make one: openssl rand -hex 32
  adminToken: process.env.CASHTRAIL_TOKEN,
} satisfies CollectorOptions;
`;
}

function retrackText({ event }: ConfigFacts): string {
  return `    retrack({
      // The API token on your profile in Retrack's portal.
      token: process.env.RETRACK_TOKEN!,
      // The UUID of your programme's commission event.
      event: ${quoted(event)},
      ...(sandbox && { url: sandbox }),
    }),`;
}

function shopbackText({ offer, currency, amount, validation }: ConfigFacts): string {
  return `    shopback({
      // The order offer id and the security token, from your ShopBack representative.
      offer: ${quoted(offer)},
      securityToken: process.env.SHOPBACK_TOKEN!,
      // The account's currency, or "any" for a multi-currency account.
      currency: ${quoted(currency)},
      // Whether amounts include VAT or GST ("gross") or not ("net"): their pages do not say, so ask.
      amount: ${quoted(amount)},
      // The ids of the validation API: without them no approval or rejection can be sent.
${
  validation
    ? `      validation: { offer: ${quoted(validation.offer)}, affiliate: ${quoted(validation.affiliate)} },`
    : `      // validation: { offer: "5678", affiliate: "1152" },`
}
      ...(sandbox && { url: sandbox }),
    }),`;
}

const sqliteText = `  // The ledger's file, on a local disk. Relative to the folder the server is started in; the command takes this one.
  ledger: process.env.CASHTRAIL_LEDGER ?? "./cashtrail.db",`;

const postgresText = `  // The database that all instances share: postgres://NAME:PASSWORD@HOST/DATABASE. Its tables are in a schema of their own.
  ledger: process.env.CASHTRAIL_LEDGER!,
  // Takes orders while the database is away: a folder on a disk that outlives the process, one for each instance.
  journal: process.env.CASHTRAIL_JOURNAL ?? "./cashtrail.journal",`;

/** The variables the config reads. */
export function environmentText(
  { networks, ledger }: ConfigFacts,
  adminToken: string,
  tokens: Readonly<Partial<Record<string, string>>>,
): string {
  const isSandbox = Object.keys(tokens).length > 0;
  return [
    "# Secrets: keep this file out of version control.",
    ...networks.map((network) => `${network.toUpperCase()}_TOKEN=${tokens[`${network.toUpperCase()}_TOKEN`] ?? ""}`),
    "# Lets in to the dashboard and the HTTP API.",
    `CASHTRAIL_TOKEN=${adminToken}`,
    ...(ledger === "postgres" ? ["CASHTRAIL_LEDGER="] : []),
    ...(isSandbox ? ["# While you try it out.", "CASHTRAIL_SANDBOX=http://127.0.0.1:4000"] : []),
    "",
  ].join("\n");
}
