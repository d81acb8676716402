import type { AddressInfo } from "node:net";
import { channels } from "@mio/channels";
import {
  type App,
  type AppContext,
  injectTrace,
  type Probe,
  systemClock,
  type Worker,
} from "@mio/service-kit";
import { createLedger, measureOutbox, type Store } from "@mio/store";
import { createAcceptMessage } from "./accept-message.ts";
import { createAccountDirectory } from "./account-directory.ts";
import type { GatewayConfig } from "./config.ts";
import { createConfirmedEvents } from "./confirmed-events.ts";
import { createGatewayEvents, type GatewayEvents } from "./events.ts";
import { createHttpServer } from "./http-server.ts";
import { mountChannels } from "./mount-channels.ts";
import { openResources, type Resources } from "./open-resources.ts";
import { createOutboxRelay, type OutboxRelay } from "./outbox-relay.ts";
import { registerRoutes } from "./routes/register-routes.ts";
import { createWebhookSecrets } from "./webhook-secrets.ts";

/** A running gateway tells where it listens. */
export interface GatewayApp extends App {
  /** The webhook port once it accepts; 0 before. */
  port(): number;
}

const clock = systemClock;

/** Opens the gateway: Postgres migrated, streams there, channels mounted; it listens once it is started. */
export async function createApp(config: GatewayConfig, context: AppContext): Promise<GatewayApp> {
  const { logger } = context;
  await using opening = new AsyncDisposableStack();
  const events = createGatewayEvents(logger, context.metrics);
  const resources = opening.use(await openResources(config, context));
  const { store, bus } = resources;
  const probes: readonly Probe[] = [
    { name: "postgres", check: () => store.ping() },
    { name: "nats", check: (signal) => bus.ping(signal) },
  ];
  const inbound = createInbound(config, { context, events, resources });
  const secrets = createWebhookSecrets(config.MIO_SECRETS_DIR, clock);
  const allowUnsigned = config.MIO_ENV === "dev";
  const mounted = await mountChannels({ channels, settings: config, secrets, allowUnsigned, logger });
  const server = createHttpServer({
    maxBodyBytes: config.MIO_MAX_BODY_BYTES,
    maxConcurrent: config.MIO_MAX_CONCURRENT_WEBHOOKS,
    maxBytesInProgress: config.MIO_MAX_WEBHOOK_BYTES_IN_PROGRESS,
    onRefused: (outcome, peer, why) =>
      events.refused({ channelType: "unknown", startedAt: performance.now(), peer }, outcome, why),
  });
  const { accept, accounts } = inbound;
  registerRoutes(server, {
    channels: mounted,
    probes,
    webhook: { accept, accounts, secrets, events, clock, allowUnsigned, currentTraceparent },
  });
  opening.defer(() => server.close());
  const opened = opening.move();
  return {
    name: "gateway",
    workers: [...inbound.workers, outboxMeter(store, events)],
    probes,
    startAccepting: async () => {
      await server.listen({ host: config.MIO_HOST, port: config.MIO_PORT });
      logger.info({ port: listeningPort(server.server.address()) }, "gateway.listening");
    },
    stopAccepting: () => server.close(),
    port: () => listeningPort(server.server.address()),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface InboundParts {
  readonly context: AppContext;
  readonly events: GatewayEvents;
  readonly resources: Resources;
}

/** The path of an event from a draft to the stream, with the workers that stand behind it. */
function createInbound(config: GatewayConfig, { context: { logger }, events, resources }: InboundParts) {
  const { bus, store } = resources;
  const db = store.pool;
  const accounts = createAccountDirectory({
    db,
    dsn: config.MIO_POSTGRES_DSN.reveal(),
    clock,
    logger,
    fallbackAccountId: config.MIO_ACCOUNT_ID,
  });
  const confirmed = createConfirmedEvents(db, { clock, logger });
  const minAgeMs = config.MIO_RELAY_AGE;
  const relay = createOutboxRelay({ db, bus, clock, logger, minAgeMs, onRelayed: events.relayed });
  const accept = createAcceptMessage({
    accounts,
    ledger: createLedger(db),
    publisher: bus.publisher,
    confirmed,
    relay: config.MIO_RELAY_ENABLED ? relay : noRelay,
    publishWaitMs: config.MIO_PUBLISH_WAIT,
  });
  const workers = [accounts.worker, confirmed.worker, ...(config.MIO_RELAY_ENABLED ? [relay.worker] : [])];
  return { accept, accounts, workers };
}

/** Without a relay an unconfirmed event stays in the outbox. */
const noRelay: Pick<OutboxRelay, "turn" | "takeOver"> = { turn: () => "caller", takeOver: () => {} };

const outboxMeterMs = 5_000;

function outboxMeter(store: Store, events: GatewayEvents): Worker {
  return {
    name: "outbox-meter",
    async run(signal) {
      while (!signal.aborted) {
        events.outboxMeasured(await measureOutbox(store.pool));
        await clock.sleep(outboxMeterMs, signal).catch(() => {});
      }
    },
  };
}

function currentTraceparent(): string | undefined {
  const headers = new Map<string, string>();
  injectTrace(headers);
  return headers.get("traceparent");
}

function listeningPort(address: string | AddressInfo | null): number {
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
