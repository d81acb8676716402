import { systemClock } from "@mio/pacing";
import type { Vaults } from "@mio/sealing";
import type { AppContext } from "@mio/service-kit";
import type { GatewayConfig } from "../config.ts";
import type { Inbound } from "../create-inbound.ts";
import type { GatewayEvents } from "../events.ts";
import type { Mounted } from "../mount-channels.ts";
import { createAcceptSocketEvent } from "./accept-socket-event.ts";
import { createSocketEvents } from "./socket-events.ts";
import { createSocketHost, type SocketHost } from "./socket-host.ts";
import { defineSocketMetrics } from "./socket-metrics.ts";

export interface SocketHostParts {
  readonly context: AppContext;
  readonly vaults: Vaults;
  readonly inbound: Inbound;
  readonly events: GatewayEvents;
  readonly mounted: Mounted;
  readonly currentTraceparent: () => string | undefined;
}

const clock = systemClock;

/** The sockets of all channels with their metrics; the worker opens them. */
export function openSocketHost(
  config: GatewayConfig,
  { context, vaults, inbound, events, mounted, currentTraceparent }: SocketHostParts,
): SocketHost {
  const { logger } = context;
  const metrics = defineSocketMetrics(context.metrics, clock);
  const socketEvents = createSocketEvents({ logger, metrics, clock });
  const host = createSocketHost({
    channels: mounted.sockets,
    accounts: inbound.accounts,
    vaultOf: vaults,
    accept: createAcceptSocketEvent({ accept: inbound.accept, events, socketEvents, currentTraceparent }),
    events: socketEvents,
    isOnlyWayIn: !mounted.takesWebhooks,
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
