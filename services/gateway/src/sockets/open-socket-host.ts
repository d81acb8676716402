import { openVaults } from "@mio/sealing";
import { type AppContext, systemClock } from "@mio/service-kit";
import type { GatewayConfig } from "../config.ts";
import type { Inbound } from "../create-inbound.ts";
import type { GatewayEvents } from "../events.ts";
import type { Mounted } from "../mount-channels.ts";
import type { Resources } from "../open-resources.ts";
import { createAcceptSocketEvent } from "./accept-socket-event.ts";
import { createSocketEvents } from "./socket-events.ts";
import { createSocketHost, type SocketHost } from "./socket-host.ts";
import { defineSocketMetrics } from "./socket-metrics.ts";

export interface SocketHostParts {
  readonly context: AppContext;
  readonly resources: Resources;
  readonly inbound: Inbound;
  readonly events: GatewayEvents;
  readonly mounted: Mounted;
  readonly currentTraceparent: () => string | undefined;
}

const clock = systemClock;

/** The sockets of all channels with their metrics; none is opened before the worker runs. */
export async function openSocketHost(
  config: GatewayConfig,
  { context, resources, inbound, events, mounted, currentTraceparent }: SocketHostParts,
): Promise<SocketHost> {
  const { logger } = context;
  const metrics = defineSocketMetrics(context.metrics, clock);
  const socketEvents = createSocketEvents({ logger, metrics, clock });
  const host = createSocketHost({
    channels: mounted.sockets,
    accounts: inbound.accounts,
    vaultOf: await openVaults(config, { store: resources.store, clock, logger }),
    accept: createAcceptSocketEvent({ accept: inbound.accept, events, socketEvents, currentTraceparent }),
    events: socketEvents,
    isOnlyWayIn: mounted.webhooks.length === 0,
    silentAfterMs: config.MIO_SOCKET_SILENT_AFTER,
    clock,
    logger,
  });
  metrics.watch(
    mounted.sockets.map(({ channelType }) => channelType),
    host.statuses,
  );
  return host;
}
