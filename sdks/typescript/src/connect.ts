import { MioError } from "@mio/failure";
import { createBackoff, pause, systemClock } from "@mio/pacing";
import {
  type Authenticator,
  connect as connectNats,
  type NatsConnection,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { createOutlet } from "./commands/outlet.ts";
import { credentialsFile } from "./connection/credentials-file.ts";
import { ping } from "./connection/ping.ts";
import { checkServer } from "./connection/server-check.ts";
import { closeSession, openSession, type Session } from "./connection/session.ts";
import { type EventListener, guardListener, type MioEvent } from "./events.ts";
import { iterateMessages } from "./messages.ts";
import type { Mio } from "./mio.ts";
import { serveMessages } from "./serve.ts";
import { streamTo } from "./stream.ts";

const backoff = createBackoff({ baseMs: 100, maxMs: 1_000 });

/** How the agent authenticates. Credentials do not belong into the URL, because URLs end up in logs. */
export type Credentials =
  | { readonly token: string }
  | { readonly user: string; readonly password: string }
  /** Path of a NATS credentials file (JWT and seed). The SDK reads it at each connection, so it can be rotated. */
  | { readonly credsFile: string };

/** Settings of {@link connect}. */
export interface ConnectOptions {
  /** NATS URLs, for example `nats://localhost:4222`; several servers of one cluster for failover. */
  readonly servers: string | readonly string[];
  /** Shown in the server's list of connections. Default `mio-sdk`. */
  readonly name?: string;
  readonly credentials?: Credentials;
  /** How long to retry until the server answers and Mio's streams exist. Milliseconds, default 10,000. */
  readonly patienceMs?: number;
  /** Receives disconnections, skipped messages, failed handlers and the like. */
  readonly onEvent?: (event: MioEvent) => void;
  /** Ends the attempt to connect; has no effect afterwards. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to Mio's NATS server. When the connection is lost, it reconnects without a time limit. The caller disposes
 * the result.
 *
 * @example
 * ```ts
 * await using mio = await connect({ servers: "nats://localhost:4222" });
 * ```
 *
 * @throws MioError `sdk.unreachable` when no server answered in time, `sdk.unauthorized`,
 *   `sdk.server_too_old`, `sdk.no_jetstream`, `sdk.no_stream`, `sdk.invalid_option`, `sdk.aborted`.
 */
export async function connect(options: ConnectOptions): Promise<Mio> {
  const servers = toServers(options.servers);
  const authenticator = toAuthenticator(options.credentials);
  const signal = options.signal ?? new AbortController().signal;
  const deadline = Date.now() + (options.patienceMs ?? 10_000);
  const attempt = () =>
    openOnce({ servers, name: options.name ?? "mio-sdk", authenticator }, options.onEvent);
  for (let tries = 1; ; tries += 1) {
    throwIfAborted(signal);
    try {
      return await attempt();
    } catch (error) {
      const delayMs = backoff.delayMs(tries);
      const hopeless = !(error instanceof MioError) || error.retry === "never";
      if (hopeless || Date.now() + delayMs > deadline) throw error;
      await pause(delayMs, { clock: systemClock, signal });
    }
  }
}

interface Target {
  readonly servers: string[];
  readonly name: string;
  readonly authenticator: Authenticator | undefined;
}

async function openOnce(target: Target, listener: EventListener | undefined): Promise<Mio> {
  const nc = await open(target);
  try {
    await checkServer(nc);
    const onEvent = guardListener(listener);
    const { session, controller } = await openSession(nc, onEvent);
    void reportConnection(session);
    return toMio(session, controller);
  } catch (error) {
    await nc.close();
    throw error;
  }
}

/** Three pings without an answer end the connection. */
const pingEveryMs = 2_500;

async function open(target: Target): Promise<NatsConnection> {
  try {
    return await connectNats({
      servers: target.servers,
      name: target.name,
      ...(target.authenticator === undefined ? {} : { authenticator: target.authenticator }),
      timeout: 5_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      ignoreAuthErrorAbort: true,
      pingInterval: pingEveryMs,
      maxPingOut: 2,
    });
  } catch (error) {
    throw toConnectError(error, target.servers);
  }
}

function toConnectError(cause: unknown, servers: readonly string[]): MioError {
  if (cause instanceof Error && cause.name === "AuthorizationError") {
    return new MioError("sdk.unauthorized", "The NATS server refused the credentials; check `credentials`.", {
      cause,
    });
  }
  const where = servers.join(", ");
  return new MioError(
    "sdk.unreachable",
    `No NATS server answered at ${where}; is it running and reachable?`,
    {
      retry: "soon",
      cause,
    },
  );
}

async function reportConnection(session: Session): Promise<void> {
  for await (const status of session.nc.status()) {
    if (status.type === "reconnect") {
      session.link.restored();
      session.onEvent({ type: "reconnected" });
    } else if (status.type === "disconnect") {
      session.link.lost();
      session.onEvent({ type: "disconnected" });
    }
  }
}

function toMio(session: Session, controller: AbortController): Mio {
  const outlet = createOutlet(session);
  return {
    messages: (options = {}) => iterateMessages(session, options),
    serve: (handler, options = {}) => serveMessages(session, handler, options),
    send: (command) => outlet.send(command),
    edit: (command) => outlet.edit(command),
    remove: (command) => outlet.remove(command),
    stream: (place, source, settings = {}) => streamTo(outlet, place, { source, settings }),
    receipt: (command, options) => outlet.receipt(command, options),
    ping: async (options = {}) => await ping(session, options.timeoutMs ?? 1_000),
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await closeSession(session);
    },
  };
}

function toServers(servers: string | readonly string[]): string[] {
  const list = typeof servers === "string" ? servers.split(",") : [...servers];
  const urls = list.map((url) => url.trim()).filter((url) => url !== "");
  if (urls.length === 0) throw invalid("`servers` is empty; give at least one NATS URL.");
  if (urls.some((url) => url.includes("@"))) {
    throw invalid("`servers` contains credentials; pass them as `credentials`, URLs end up in logs.");
  }
  return urls;
}

function toAuthenticator(credentials: Credentials | undefined): Authenticator | undefined {
  if (credentials === undefined) return undefined;
  if ("token" in credentials) return tokenAuthenticator(credentials.token);
  if ("user" in credentials) return usernamePasswordAuthenticator(credentials.user, credentials.password);
  try {
    return credentialsFile(credentials.credsFile);
  } catch (cause) {
    throw invalid("The file of `credentials.credsFile` could not be read.", cause);
  }
}

function invalid(message: string, cause?: unknown): MioError {
  return new MioError("sdk.invalid_option", message, { cause });
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new MioError("sdk.aborted", "The attempt to connect was aborted.");
}
