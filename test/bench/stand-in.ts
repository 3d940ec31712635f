import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of a process' own, as fast as Node.js is. */
export async function standIn(answer: RequestListener): Promise<{ url: string; close: () => void }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
