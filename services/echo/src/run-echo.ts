import { type ConnectOptions, connect } from "@mio/sdk";
import { createEcho, type EchoOptions } from "./app.ts";

/** Settings of a running echo. */
export interface RunEchoOptions extends EchoOptions {
  readonly servers: string;
  readonly credentials?: ConnectOptions["credentials"];
  /** Receives connection events, skipped messages and failures. */
  readonly onConnectionEvent?: ConnectOptions["onEvent"];
  /** Called when the server and the streams are available. */
  readonly onConnected?: () => void;
  readonly signal: AbortSignal;
}

/** How long echo waits at its start for the server, and for the services that create the streams. */
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
