import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { selfSigned } from "./browser-certificate.ts";

/** A web of its own: whatever host a browser asks for through the proxy, over https or http, is answered here. */
export interface Web {
  /** Host and port of the proxy. */
  readonly proxy: string;
  close(): Promise<void>;
}

/** Answers every host, and every port of it, with one listener, so that a browser can reach nothing else. */
export async function startWeb(listener: RequestListener): Promise<Web> {
  const secure = createTlsServer(selfSigned(), listener);
  const proxy: Server = createServer(listener);
  // Those that a browser opened and never used belong to neither server.
  const sockets = new Set<Socket>();
  proxy.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  proxy.on("connect", (_request, socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    secure.emit("connection", socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    proxy: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(() => resolve()));
    },
  };
}
