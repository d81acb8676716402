import type pg from "pg";
import type { Sockets } from "./sockets.ts";

/** Covers the lookup of the host's name, the TCP and TLS handshakes and the login. */
export const connectTimeoutMs = 5_000;
/**
 * After this long without traffic the system asks whether the other side is still there. A connection that is only
 * waited on, as that of LISTEN, is noticed to be lost in this way.
 */
const keepAliveDelayMs = 10_000;

export interface ConnectionOptions {
  readonly dsn: string;
  readonly applicationName: string;
  readonly sockets: Sockets;
  /** Longest wait for the answer to one statement, by the clock of this process. */
  readonly queryTimeoutMs: number;
}

/**
 * What every connection to Postgres has in common: no wait without a deadline that is kept on this side. The server's
 * own `statement_timeout` cannot end a wait on a connection that has fallen silent.
 */
export function toClientConfig(options: ConnectionOptions): pg.ClientConfig {
  return {
    connectionString: options.dsn,
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: options.queryTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    stream: options.sockets.stream,
  };
}
