import { join } from "node:path";
import type { Express, Request, RequestHandler } from "express";
import type { DashboardCalls } from "../../packages/collector/src/express/dashboard/calls.ts";
import { createDashboard } from "../../packages/collector/src/express/dashboard/dashboard.ts";
import { createTokenChecks } from "../../packages/collector/src/express/token-check.ts";
import type { Ledger, Tally } from "../../packages/collector/src/ledger/ledger.ts";
import { sqliteLedger } from "../../packages/collector/src/ledger/sqlite.ts";
import { serve, temporaryFolder } from "./collector-server.ts";
import { OPENED, openStore, type Store, type StoreOptions } from "./sandboxed-store.ts";

export const TOKEN = "a-long-admin-token-7f3a";

export interface DashboardStore extends Store {
  /** Where the store is; the dashboard is at `/cashtrail/` of it. */
  readonly url: string;
  readonly ledger: Ledger;
  readonly failures: unknown[];
}

export interface DashboardStoreOptions extends StoreOptions {
  readonly isStarted?: () => boolean;
  /** Figures other than the ledger's own. */
  tallies?: readonly Tally[];
  /** Calls that differ from the collector's. */
  calls?: Partial<DashboardCalls>;
  before?: RequestHandler;
  mount?: string;
  makeApp?: () => Express;
}

/** A store that reports to the sandbox, with its dashboard. */
export async function openDashboardStore({
  tallies,
  calls: others = {},
  before = (_request, _response, next) => next(),
  mount = "/cashtrail",
  isStarted = () => true,
  makeApp,
  ...options
}: DashboardStoreOptions = {}): Promise<DashboardStore> {
  let now = () => new Date(OPENED);
  const ledger = sqliteLedger(join(temporaryFolder(), "cashtrail.db"), () => now());
  const store = await openStore({ ledger, ...options });
  now = store.now;
  const { collector } = store;
  const failures: unknown[] = [];
  const { postbacks, uncreditedReason } = ledger;
  const calls: DashboardCalls = {
    ...collector,
    ...{ postbacks, uncreditedReason },
    tallies: tallies ? async () => [...tallies] : ledger.tallies,
    ...others,
  };
  const dashboard = createDashboard({
    check: createTokenChecks()(TOKEN),
    token: TOKEN,
    calls,
    networks: store.accounts(),
    now: store.now,
    isStarted,
    ...options.dashboard,
    fail: (error) => failures.push(error),
  });
  const url = await serve((app) => {
    app.use(before);
    app.use(mount || "/", dashboard);
    app.use((request: Request, response) => void response.status(404).send(`the store's own 404: ${request.path}`));
  }, makeApp);
  return { ...store, url, ledger, failures };
}
