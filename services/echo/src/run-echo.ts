import { type ConnectOptions, connect } from "@mio/sdk";
import { createEcho, type EchoOptions } from "./app.ts";

/** What a running echo needs. */
export interface RunEchoOptions extends EchoOptions {
  readonly servers: string;
  readonly credentials?: ConnectOptions["credentials"];
  /** Told of the connection, skipped messages and failures. */
  readonly onConnectionEvent?: ConnectOptions["onEvent"];
  /** Called once the server and the streams were found. */
  readonly onConnected?: () => void;
  readonly signal: AbortSignal;
}

/** How long echo waits at its start for a server and for the services that make the streams. */
const patienceMs = 60_000;

/**
 * Connects, answers messages until `signal` aborts, and closes.
 *
 * @throws MioError as `connect` does.
 */
export async function runEcho(options: RunEchoOptions): Promise<void> {
  const { servers, credentials, onConnectionEvent, signal } = options;
  await using mio = await connect({
    servers,
    name: "echo",
    patienceMs,
    signal,
    ...(credentials === undefined ? {} : { credentials }),
    ...(onConnectionEvent === undefined ? {} : { onEvent: onConnectionEvent }),
  });
  options.onConnected?.();
  await createEcho(mio, options).run(signal);
}
