import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createListener, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A request as it came over the wire. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** What is done to a connection instead of answering on it. */
export type Fault = (socket: Socket) => void;

/** The answer to a request; undefined, or a promise of it, where the request should not have come. */
export type Reply = (request: Received) => Answer | Fault | undefined | Promise<Answer | Fault | undefined>;

export interface FakeNetwork {
  /** Scheme, host and port. */
  readonly url: string;
  /** All requests that were read whole, the first one first. */
  readonly requests: readonly Received[];
  /** How many connections there have been. */
  readonly connections: number;
  /** Says how the requests from now on are answered. Without it, none is expected. */
  reply(reply: Reply): void;
  /** Says what is done to each new connection before anything is read from it. */
  accept(fault: Fault): void;
  /** Cuts all connections and refuses new ones. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Resolves once that many requests have come since the start. */
  received(count: number): Promise<void>;
  /** Resolves once no connection is open. */
  idle(): Promise<void>;
}

/**
 * A network's server on this machine, under the test's command. It closes itself when the test ends, and fails the
 * test if a request came that `reply` had no answer to.
 */
export async function startFakeNetwork(): Promise<FakeNetwork> {
  const requests: Received[] = [];
  const failures: unknown[] = [];
  const sockets = new Set<Socket>();
  const events = new EventEmitter();
  let replyTo: Reply = () => undefined;
  let accepted: Fault | undefined;
  let connections = 0;

  const http = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const { method = "", url: path = "", rawHeaders } = request;
    const headers = Array.from({ length: rawHeaders.length / 2 }, (_, index) => {
      const [name = "", value = ""] = rawHeaders.slice(2 * index);
      return [name, value] as const;
    });
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const received = { method, path, headers, body };
    requests.push(received);
    events.emit("request");
    const answer = await answerTo(received);
    if (typeof answer === "function") return answer(request.socket);
    const { status = 200, headers: sent = {}, body: said = "" } = answer ?? { status: 501 };
    response.writeHead(status, sent).end(said);
  });
  const listener = createListener((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      events.emit("close");
    });
    connections += 1;
    // Read all the same, for the end of a socket that nobody reads is not seen.
    if (accepted) accepted(socket.resume());
    else http.emit("connection", socket);
  });

  async function answerTo(request: Received): Promise<Answer | Fault | undefined> {
    try {
      const answer = await replyTo(request);
      if (!answer) failures.push(new Error(`nobody expected ${request.method} ${request.path}`));
      return answer;
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  }

  async function listen(port: number): Promise<void> {
    await once(listener.listen(port, "127.0.0.1"), "listening");
  }

  async function down(): Promise<void> {
    if (!listener.listening) return;
    const closed = once(listener, "close");
    listener.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await listen(0);
  const { port } = listener.address() as AddressInfo;
  onTestFinished(async () => {
    await down();
    if (failures.length > 0) throw failures[0];
  });
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    reply(reply) {
      replyTo = reply;
    },
    accept(fault) {
      accepted = fault;
    },
    down,
    up: () => listen(port),
    async received(count) {
      while (requests.length < count) await once(events, "request");
    },
    async idle() {
      while (sockets.size > 0) await once(events, "close");
    },
  };
}

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n";

/** What can go wrong once a network has read a request, and perhaps acted on it. */
export const faults = {
  reset: (socket: Socket) => void socket.resetAndDestroy(),
  closeWithoutAnswer: (socket: Socket) => void socket.end(),
  neverAnswer: () => {},
  slowHeaders: (socket: Socket) => drip(socket, "HTTP/1.1 200 OK\r\nX-Slow: "),
  notHttp: (socket: Socket) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n"),
  bodyCutShort: (socket: Socket) => void socket.end(`${HEAD}{"data":`),
  bodyCutByReset: (socket: Socket) => void socket.write(`${HEAD}{"data":`, () => socket.resetAndDestroy()),
  bodyStalls: (socket: Socket) => void socket.write(`${HEAD}{"data":`),
  endlessBody(socket: Socket) {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = () => void (socket.writable && socket.write("a".repeat(1000), () => setImmediate(more)));
    more();
  },
  bodyDrips: (socket: Socket) => drip(socket, HEAD.replace("100", "1000000")),
};

function drip(socket: Socket, start: string): void {
  socket.write(start);
  const timer = setInterval(() => socket.write("a"), 10);
  socket.on("close", () => clearInterval(timer));
}
