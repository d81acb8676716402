import type { AddressInfo } from "node:net";
import { createNatsWatch, toDurabilityOptions } from "@mio/bus";
import type { Channel } from "@mio/channel-kit";
import { channels as allChannels } from "@mio/channels";
import { pause, systemClock } from "@mio/pacing";
import { openVaults } from "@mio/sealing";
import { type App, type AppContext, injectTrace, type Probe, type Worker } from "@mio/service-kit";
import { assertWritable, measureOutbox, type Store } from "@mio/store";
import type { FastifyInstance } from "fastify";
import { warnOfUnservedAccounts } from "./accounts/warn-of-unserved-accounts.ts";
import type { GatewayConfig } from "./config.ts";
import { createInbound } from "./create-inbound.ts";
import { createGatewayEvents, type GatewayEvents } from "./events.ts";
import { createHttpServer } from "./http/http-server.ts";
import { registerRoutes } from "./http/register-routes.ts";
import { createWebhookSecrets } from "./http/webhook-secrets.ts";
import { mountChannels } from "./mount-channels.ts";
import { openResources } from "./open-resources.ts";
import { openSocketHost } from "./sockets/open-socket-host.ts";

/** A running gateway, with its port. */
export interface GatewayApp extends App {
  /** The webhook port once it listens; 0 before. */
  port(): number;
}

/** Replacements for tests. */
export interface Overrides {
  readonly channels?: readonly Channel[];
}

const clock = systemClock;

/** Opens the gateway: migrates Postgres, ensures streams, mounts channels. It listens once started. */
export async function createApp(
  config: GatewayConfig,
  context: AppContext,
  { channels = allChannels }: Overrides = {},
): Promise<GatewayApp> {
  const { logger } = context;
  await using opening = new AsyncDisposableStack();
  const events = createGatewayEvents(logger, context.metrics);
  const resources = opening.use(await openResources(config, context));
  const { store, bus } = resources;
  const inbound = createInbound(config, { context, events, resources, channels });
  const { accept, accounts } = inbound;
  const channelTypes = channels.map(({ channelType }) => channelType);
  warnOfUnservedAccounts({ db: store.pool, accounts, channelTypes, logger });
  const secrets = createWebhookSecrets(config.MIO_SECRETS_DIR, clock);
  const allowUnsigned = config.MIO_ENV === "dev";
  if (config.MIO_ENV === undefined) logger.info("config.no_env: MIO_ENV is not set; using prod");
  const hasAccounts = async (channelType: string) => (await accounts.list(channelType)).length > 0;
  const mounting = { channels, settings: config, secrets, allowUnsigned, hasAccounts, logger };
  const mounted = await mountChannels(mounting);
  const vaults = opening.use(await openVaults(config, { store, clock, logger }));
  const sockets = openSocketHost(config, {
    context,
    vaults,
    inbound,
    events,
    mounted,
    currentTraceparent,
  });
  const natsWatch = createNatsWatch({
    ...toDurabilityOptions(config),
    ...context,
    bus,
    service: "gateway",
    streams: ["inbound"],
  });
  const probes: readonly Probe[] = [
    { name: "postgres", check: () => checkPostgres(store) },
    { name: "nats", neededTo: "finish", check: (signal) => bus.ping(signal) },
    ...natsWatch.probes,
    inbound.probe,
  ];
  const server = createServer(config, events);
  registerRoutes(server, {
    channels: mounted.webhooks,
    probes,
    webhook: { accept, accounts, secrets, events, clock, allowUnsigned, currentTraceparent },
  });
  opening.defer(() => server.close());
  const opened = opening.move();
  return {
    name: "gateway",
    workers: [...inbound.workers, outboxMeter(store, events), sockets.worker, ...natsWatch.workers],
    probes: [...probes, ...sockets.probes],
    startAccepting: async () => {
      await server.listen({ host: config.MIO_HOST, port: config.MIO_PORT });
      logger.info({ port: listeningPort(server.server.address()) }, "gateway.listening");
    },
    // Sockets are closed while Postgres and NATS still work, so that their events are finished and confirmed.
    stopAccepting: async (overdue) => {
      // A request that still waits for Postgres then gets no answer; if its event was recorded, the relay publishes
      // it.
      overdue.addEventListener("abort", () => server.server.closeAllConnections(), { once: true });
      await Promise.all([server.close(), sockets.stop()]);
    },
    port: () => listeningPort(server.server.address()),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function createServer(config: GatewayConfig, events: GatewayEvents): FastifyInstance {
  return createHttpServer({
    maxBodyBytes: config.MIO_MAX_BODY_BYTES,
    maxConcurrent: config.MIO_MAX_CONCURRENT_WEBHOOKS,
    maxBytesInProgress: config.MIO_MAX_WEBHOOK_BYTES_IN_PROGRESS,
    onRefused: (outcome, peer, why) =>
      events.refused({ channelType: "unknown", startedAt: performance.now(), peer }, outcome, why),
  });
}

/** Checks that every connection in use answers, and that Postgres accepts writes. */
async function checkPostgres(store: Store): Promise<void> {
  await store.ping();
  await assertWritable(store.pool);
}

const outboxMeterMs = 5_000;

function outboxMeter(store: Store, events: GatewayEvents): Worker {
  return {
    name: "outbox-meter",
    async run(signal) {
      while (!signal.aborted) {
        events.outboxMeasured(await measureOutbox(store.pool));
        await pause(outboxMeterMs, { clock, signal });
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
