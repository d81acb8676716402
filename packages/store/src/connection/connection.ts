import type pg from "pg";
import type { Sockets } from "./sockets.ts";

/** Covers DNS lookup, TCP and TLS handshakes, and login. */
export const connectTimeoutMs = 5_000;
/**
 * Idle time before the first TCP keepalive probe. A connection that only receives, as for LISTEN, detects a lost peer
 * in this way.
 */
const keepAliveDelayMs = 10_000;

export interface ConnectionOptions {
  readonly dsn: string;
  readonly applicationName: string;
  readonly sockets: Sockets;
  /** Longest wait for the answer to one statement, measured in this process. */
  readonly queryTimeoutMs: number;
}

/**
 * Options that every connection to Postgres shares: each wait has a deadline on the client side. The server's
 * `statement_timeout` cannot end a wait on a silent connection.
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
