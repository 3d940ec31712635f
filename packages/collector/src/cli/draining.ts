import type { Server, ServerResponse } from "node:http";

/**
 * Watches a server, and answers with what ends it: it takes no new connection, answers what is under way, and resolves
 * once every connection is closed. What is not done in time is broken off.
 */
export function draining(server: Server): (mostMs: number) => Promise<void> {
  const underWay = new Set<ServerResponse>();
  let ending = false;
  // Before the application's own, which may answer at once.
  server.prependListener("request", (_request, response) => {
    underWay.add(response);
    if (ending) response.setHeader("Connection", "close");
    response.once("close", () => {
      underWay.delete(response);
      if (ending) setImmediate(() => server.closeIdleConnections());
    });
  });
  return async (mostMs) => {
    ending = true;
    // Else a connection that is kept alive would keep the server.
    for (const response of underWay) if (!response.headersSent) response.setHeader("Connection", "close");
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const timer = setTimeout(() => server.closeAllConnections(), mostMs);
    await closed;
    clearTimeout(timer);
  };
}
