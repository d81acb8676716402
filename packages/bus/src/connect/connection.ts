import { MioError } from "@mio/failure";
import { systemClock } from "@mio/pacing";
import type { Logger, Metrics } from "@mio/service-kit";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { createPublisher, type Publisher } from "../publish/publish.ts";
import { createDeadLetterMeter, type DeadLetterMeter } from "./bus-metrics.ts";
import { createCredsAuthenticator } from "./credentials.ts";
import { createRequestMux, type RequestMux, toUnavailable } from "./request-mux.ts";

export interface BusOptions {
  /** Addresses of the cluster: `nats://host:port`, one or more. */
  readonly servers: string | readonly string[];
  /** Shown in the server's list of connections; `mio-<service>/<version>`. */
  readonly name: string;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** Path of a NATS credentials file. It is read at each connection. */
  readonly credsFile?: string;
  /** Time limit of one attempt to connect to one server. Milliseconds, default 5,000. */
  readonly connectTimeoutMs?: number;
}

/** One connection to NATS and its clients. It reconnects without a time limit. Disposing closes it. */
export interface Bus extends AsyncDisposable {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetterMeter;
  /** Pipelined requests; acknowledgements go through it. */
  readonly requests: RequestMux;
  isConnected(): boolean;
  /** Calls `listener` after each reconnect; returns a function that removes it. */
  onReconnect(listener: () => void): () => void;
  /**
   * Resolves when the server answers, within three seconds.
   *
   * @throws MioError `bus.unavailable`
   */
  ping(signal?: AbortSignal): Promise<void>;
}

/** JetStream answers in milliseconds. If it does not, a later try is better than a longer wait. */
const requestTimeoutMs = 3_000;
const pingTimeoutMs = 3_000;
const closeTimeoutMs = 2_000;

/**
 * Connects to NATS.
 *
 * @throws MioError `bus.unavailable` when the first connection fails; `config.invalid` when the credentials file cannot
 * be read.
 */
export async function openBus(options: BusOptions): Promise<Bus> {
  const nc = await connect(toConnectionOptions(options)).catch((error: unknown) => {
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
    js: jetstream(nc, { timeout: requestTimeoutMs }),
    jsm: await jetstreamManager(nc, { checkAPI: false, timeout: requestTimeoutMs }),
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
      // No drain: it would wait for a server that may be gone, and publishers wait for confirmations themselves.
      requests[Symbol.dispose]();
      const closed = new AbortController();
      const late = systemClock.sleep(closeTimeoutMs, closed.signal).catch(() => undefined);
      await Promise.race([nc.close().then(() => watching), late]);
      // A pending timer would keep the process alive.
      closed.abort();
    },
  };
}

function toConnectionOptions(options: BusOptions): ConnectionOptions {
  const { servers, name, credsFile, connectTimeoutMs = 5_000 } = options;
  return {
    servers: typeof servers === "string" ? servers.split(",").map((server) => server.trim()) : [...servers],
    name,
    timeout: connectTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // Two unanswered pings end the connection, within six seconds.
    pingInterval: 2_000,
    maxPingOut: 2,
    // Credentials may be rotated while the process runs.
    ignoreAuthErrorAbort: true,
    // A stack trace for each request costs more than the request.
    noAsyncTraces: true,
    ...(credsFile !== undefined && { authenticator: createCredsAuthenticator(credsFile) }),
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
  const timeout = AbortSignal.timeout(pingTimeoutMs);
  const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void =>
    aborted.reject(new MioError("bus.unavailable", "NATS did not answer a ping in time.", { retry: "soon" }));
  if (ended.aborted) onAbort();
  ended.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([
      nc.flush().catch((cause: unknown) => Promise.reject(toUnavailable(cause))),
      aborted.promise,
    ]);
  } finally {
    ended.removeEventListener("abort", onAbort);
  }
}
