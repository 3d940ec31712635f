import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import type { Logger } from "../../logging.ts";
import { command, mountPath, wholeNumber } from "../command.ts";
import { draining } from "../draining.ts";
import { Failure } from "../failure.ts";
import { ownLogger } from "../log.ts";
import { configFor, openCollector } from "../open-collector.ts";
import { endWithReader } from "../terminal.ts";

/** Whoever sends a request slower than this is broken off when the server ends. Orders take milliseconds. */
const DRAIN_MS = 10_000;

export const serve = command({
  command: "serve",
  describe: "run the collector as a server of its own: HTTP API, dashboard, script, delivery",
  positionals: {},
  options: {
    port: { type: "number", default: 3000, requiresArg: true, describe: "0 is any that is free" },
    host: { type: "string", default: "127.0.0.1", requiresArg: true, describe: "0.0.0.0 for all addresses" },
    mount: { type: "string", default: "/cashtrail", requiresArg: true, describe: "the path everything is under" },
    "trust-proxy": {
      type: "string",
      default: "loopback",
      requiresArg: true,
      describe: "whose X-Forwarded headers count: addresses, loopback, uniquelocal, or how many proxies",
    },
  },
  examples: [["serve --host 0.0.0.0 --port 8080 --trust-proxy uniquelocal", "in a container, behind a proxy"]],
  async run({ port, host, mount, "trust-proxy": trusted, config: named }) {
    const wanted = wholeNumber("port", port, { least: 0, most: 65_535 });
    const path = mountPath(mount);
    // Before anything is opened, so that nothing is left open by a signal that comes early.
    const told = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]) as Promise<[string]>;
    // A log that nobody reads any more is no reason to take no more orders.
    process.stdout.off("error", endWithReader).on("error", ignoreReader);
    const app = appTrusting(trusted);
    const config = await configFor({ config: named });
    const { settings } = config;
    const log = settings.logger ?? ownLogger();
    const { collector } = await openCollector(config, { logger: log, onEvent: settings.onEvent, makesLedger: true });
    const server = createServer(app);
    // Longer than the proxies before it keep theirs (60 seconds mostly): one that closes as a request comes is an error there.
    server.keepAliveTimeout = 65_000;
    const drain = draining(server);
    app.use(path, collector.router);
    app.get("/", collector.remember, (_request, response) => {
      response
        .type("text")
        .send(`Cashtrail is under ${path}. A click that arrives here is kept, as on your store's pages.\n`);
    });
    try {
      await listening(server, wanted, host);
    } catch (error) {
      await collector.stop();
      throw error;
    }
    collector.start();
    log.info({ url: `${originOf(server)}${path}`, config: config.path }, "cashtrail: listening");
    if (settings.adminToken === undefined)
      log.warn({}, "cashtrail: the HTTP API and the dashboard are off: set adminToken in the config to turn them on");
    const [signal] = await told;
    log.info({ signal }, "cashtrail: stopping");
    const done = endingAtOnce(log);
    // Orders under way need the ledger: it is closed last.
    await drain(DRAIN_MS);
    await collector.stop();
    log.info({}, "cashtrail: stopped");
    done();
    return 0;
  },
});

/** Whoever asks twice does not want to wait. What is in hand comes back when its claim runs out: nothing is lost. */
function endingAtOnce(log: Logger): () => void {
  const end = () => {
    log.warn({}, "cashtrail: stopped at once");
    process.exit(1);
  };
  process.once("SIGTERM", end).once("SIGINT", end);
  return () => void process.off("SIGTERM", end).off("SIGINT", end);
}

function ignoreReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

function appTrusting(proxies: string): Express {
  const app = express();
  app.disable("x-powered-by");
  try {
    app.set("trust proxy", /^\d+$/.test(proxies) ? Number(proxies) : proxies);
  } catch (error) {
    throw new Failure(2, `--trust-proxy: ${(error as Error).message}.`);
  }
  return app;
}

function originOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Failure(3, reasonFor(error, port, host), { cause: error })),
    );
    server.listen(port, host, resolve);
  });
}

function reasonFor(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === "EADDRINUSE")
    return `Port ${port} of ${host} is taken: end what listens there, or choose another --port.`;
  if (error.code === "EACCES")
    return `Port ${port} may not be used by whoever runs this: choose a --port from 1024 on.`;
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND")
    return `${host} is no address of this machine: correct --host.`;
  return error.message;
}
