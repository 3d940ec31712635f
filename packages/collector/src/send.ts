import { Agent, type Dispatcher } from "undici";
import type { HttpRequest, HttpResponse } from "./network.ts";

/** What is known after a request: its answer, that it never left, or nothing but perhaps the status. */
export type Sent =
  | { readonly kind: "answered"; readonly response: HttpResponse }
  | { readonly kind: "not-sent"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string; readonly status?: number | undefined };

export interface Sender {
  /** `isTooLate` is asked at the last moment, before the first byte is written: then the request is not sent. */
  send(request: HttpRequest, isTooLate?: () => boolean): Promise<Sent>;
  close(): Promise<void>;
}

/** No answer of a network is longer, though Retrack's repeats every line of an order; what comes after is not read. */
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * Sends requests, each once: nothing here or below retries or follows a redirect. `timeoutMs` bounds a whole attempt,
 * from looking up the name to the last byte: a body that drips would hold off every other timeout for ever.
 */
export function createSender({ timeoutMs, connections }: { timeoutMs: number; connections: number }): Sender {
  const agent = new Agent({ connections, pipelining: 1, allowH2: false, connect: { timeout: timeoutMs } });
  return {
    send: (request, isTooLate = () => false) =>
      new Promise((resolve) => start(agent, request, timeoutMs, isTooLate, resolve)),
    close: () => agent.destroy(),
  };
}

function start(
  agent: Agent,
  request: HttpRequest,
  timeoutMs: number,
  isTooLate: () => boolean,
  resolve: (sent: Sent) => void,
): void {
  const { origin, pathname, search } = new URL(request.url);
  let controller: Dispatcher.DispatchController | undefined;
  let expired = false;
  let status: number | undefined;
  let headers: HttpResponse["headers"] = {};
  let length = 0;
  const chunks: Buffer[] = [];
  const deadline = setTimeout(() => {
    expired = true;
    end(`no whole answer within ${timeoutMs} ms`);
  }, timeoutMs);

  function end(reason: string): void {
    clearTimeout(deadline);
    // Once a socket is being written to, nobody here can tell how much of the request the network has read.
    resolve(controller ? { kind: "unknown", reason, status } : { kind: "not-sent", reason });
    controller?.abort(new Error(reason));
  }

  function answer(): void {
    clearTimeout(deadline);
    const body = Buffer.concat(chunks).subarray(0, MOST_BYTES).toString("utf8");
    resolve({ kind: "answered", response: { status: status as number, headers, body } });
  }

  agent.dispatch(
    {
      origin,
      path: pathname + search,
      method: request.method,
      headers: { "user-agent": "cashtrail", ...request.headers },
      body: request.body ?? null,
    },
    {
      // Called when a connection stands and the request is about to be written to it.
      onRequestStart(started) {
        if (expired) return started.abort(new Error("the attempt is over"));
        if (isTooLate())
          return started.abort(new Error("the claim is too old to send under: somebody else may have it"));
        controller = started;
      },
      onResponseStart(_, statusCode, received) {
        status = statusCode;
        headers = received;
      },
      onResponseData(started, chunk) {
        chunks.push(chunk);
        length += chunk.length;
        if (length < MOST_BYTES) return;
        answer();
        started.abort(new Error("the answer is too long"));
      },
      onResponseEnd: answer,
      onResponseError: (_, error) => end(reasonOf(error)),
    },
  );
}

/** A transport's error by its code: messages may name addresses, and never say more to the reader. */
function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: { code?: string }[] };
  return code ?? errors?.[0]?.code ?? message ?? "the connection failed";
}
