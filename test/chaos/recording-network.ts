import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A stand-in of Retrack's that does nothing but count, as fast as Node.js is. */
export interface RecordingNetwork {
  readonly url: string;
  /** How often each order number was posted. */
  readonly times: ReadonlyMap<string, number>;
  close(): void;
}

/** It answers once it is `open`; requests that come before wait. */
export async function startRecordingNetwork(open: Promise<void>): Promise<RecordingNetwork> {
  const times = new Map<string, number>();
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const { method, url = "" } = request;
    const body = await text(request);
    await open;
    const number =
      method === "POST"
        ? /"orderNumber":"([^"]*)"/.exec(body)?.[1]
        : new URLSearchParams(url.slice(url.indexOf("?"))).get("byOrderNumber");
    if (!number) return response.writeHead(422).end();
    if (method === "POST") times.set(number, (times.get(number) ?? 0) + 1);
    const found = Array.from(
      { length: times.get(number) ?? 0 },
      () => `{"uuid":"u-${number}","order_number":"${number}"}`,
    );
    return response.end(`{"data":${found.length === 1 ? found[0] : `[${found.join()}]`}}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    times,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
