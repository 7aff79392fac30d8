import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import type { Certificate } from "./certificate.ts";

/**
 * Returns a function that makes the server's side of TLS from a connection; without a certificate the connection stays
 * as it is. A guest that ends a connection early causes no error.
 */
export function tlsStream(certificate: Certificate | undefined): (socket: Duplex) => Duplex {
  const secureContext = certificate === undefined ? undefined : createSecureContext(certificate);
  return (socket) => {
    const stream =
      secureContext === undefined ? socket : new TLSSocket(socket, { isServer: true, secureContext });
    for (const one of new Set([socket, stream])) one.on("error", () => {});
    return stream;
  };
}
