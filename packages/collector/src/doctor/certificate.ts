import { isIP } from "node:net";
import { connect } from "node:tls";

const TIMEOUT_MS = 10_000;

/** The certificate a host shows, or why it is not to be trusted. */
export function certificateOf(
  url: URL,
): Promise<{ readonly issuer: string; readonly validTo: Date } | { readonly reason: string }> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    // Authorized or not, to tell why: nothing is sent over it.
    const socket = connect({
      host,
      port: Number(url.port || 443),
      servername: isIP(host) ? "" : host,
      rejectUnauthorized: false,
    });
    const end = (answer: Parameters<typeof resolve>[0]) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(TIMEOUT_MS, () => end({ reason: "no TLS within 10 seconds" }));
    socket.once("error", (error) => end({ reason: (error as NodeJS.ErrnoException).code ?? error.message }));
    socket.once("secureConnect", () => {
      if (!socket.authorized) return end({ reason: String(socket.authorizationError) });
      const { issuer, valid_to: validTo } = socket.getPeerCertificate();
      end({ issuer: String(issuer?.O ?? issuer?.CN ?? "somebody"), validTo: new Date(validTo) });
    });
  });
}
