import { readFile } from "node:fs/promises";
import { MioError } from "@mio/failure";
import type { Logger, Metrics } from "@mio/service-kit";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { type ConnectionOptions, credsAuthenticator, type NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { createDeadLetterMeter, type DeadLetterMeter } from "./bus-metrics.ts";
import { createPublisher, type Publisher } from "./publish.ts";
import { createRequestMux, type RequestMux, toUnavailable } from "./request-mux.ts";

export interface BusOptions {
  /** Addresses of the cluster: `nats://host:port`, one or more. */
  readonly servers: string | readonly string[];
  /** Shown in the server's list of connections; `mio-<service>/<version>`. */
  readonly name: string;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** Path of a NATS credentials file. */
  readonly credsFile?: string;
  /** How long the first connection may take. Default 10,000. */
  readonly connectTimeoutMs?: number;
}

/** One connection to NATS and what Mio does over it. It reconnects for ever. Disposing closes it. */
export interface Bus extends AsyncDisposable {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetterMeter;
  /** Pipelined requests; acknowledgements go through it. */
  readonly requests: RequestMux;
  isConnected(): boolean;
  /** Calls `listener` after every lost connection that came back; returns how to stop that. */
  onReconnect(listener: () => void): () => void;
  /**
   * Resolves when the server answers.
   *
   * @throws MioError `bus.unavailable`
   */
  ping(signal?: AbortSignal): Promise<void>;
}

/**
 * Connects to NATS.
 *
 * @throws MioError `bus.unavailable` when the first connection fails; `config.invalid` when the credentials file cannot
 * be read.
 */
export async function openBus(options: BusOptions): Promise<Bus> {
  const nc = await connect(await toConnectionOptions(options)).catch((error: unknown) => {
    throw toUnavailable(error);
  });
  let connected = true;
  const isConnected = (): boolean => connected && !nc.isClosed();
  const requests = createRequestMux(nc, isConnected);
  const listeners = new Set<() => void>();
  const watching = watchConnection(nc, options.logger, (now) => {
    connected = now;
    if (!now) requests.rejectAll(toUnavailable());
    else for (const listener of listeners) listener();
  });
  return {
    nc,
    js: jetstream(nc),
    jsm: await jetstreamManager(nc, { checkAPI: false }),
    publisher: createPublisher({ requests, metrics: options.metrics }),
    deadLetters: createDeadLetterMeter(options.metrics),
    requests,
    isConnected,
    onReconnect: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ping: (signal) => ping(nc, isConnected, signal),
    [Symbol.asyncDispose]: async () => {
      // Draining would wait for a server that may be gone; whoever published has its confirmation.
      requests[Symbol.dispose]();
      await nc.close();
      await watching;
    },
  };
}

function readCreds(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw new MioError("config.invalid", `MIO_NATS_CREDS_FILE names ${path}, which cannot be read.`, {
      cause,
    });
  });
}

async function toConnectionOptions(options: BusOptions): Promise<ConnectionOptions> {
  const { servers, name, credsFile, connectTimeoutMs = 10_000 } = options;
  const authenticator = credsFile === undefined ? undefined : credsAuthenticator(await readCreds(credsFile));
  return {
    servers: typeof servers === "string" ? servers.split(",").map((server) => server.trim()) : [...servers],
    name,
    timeout: connectTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // Two unanswered pings, ten seconds apart, are a dead connection.
    pingInterval: 10_000,
    maxPingOut: 2,
    // Credentials may be rotated while the process runs.
    ignoreAuthErrorAbort: true,
    // A stack trace for each request costs more than the request.
    noAsyncTraces: true,
    ...(authenticator === undefined ? {} : { authenticator }),
  };
}

async function watchConnection(
  nc: NatsConnection,
  logger: Logger | undefined,
  onChange: (connected: boolean) => void,
): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === "disconnect") {
      onChange(false);
      logger?.warn({ event: "bus.disconnected" }, "lost the connection to NATS");
    } else if (status.type === "reconnect") {
      onChange(true);
      logger?.info({ event: "bus.reconnected" }, "reconnected to NATS");
    } else if (status.type === "error") {
      logger?.warn({ event: "bus.error", err: status.error }, "NATS reported an error");
    }
  }
  onChange(false);
}

async function ping(nc: NatsConnection, isConnected: () => boolean, signal?: AbortSignal): Promise<void> {
  if (!isConnected()) throw toUnavailable();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void =>
    aborted.reject(new MioError("bus.unavailable", "NATS did not answer a ping in time."));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([nc.flush(), aborted.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
