import type { SocketState } from "@mio/channel-kit";
import type { Clock } from "@mio/pacing";
import type { Counter, Gauge, Metrics } from "@mio/service-kit";
import type { SocketStatus } from "./socket-status.ts";

export interface SocketMetrics {
  readonly lost: Counter<"channel_type" | "reason">;
  readonly events: Counter<"channel_type" | "outcome">;
  readonly late: Counter<"channel_type">;
  /** Makes the gauges read the sockets of these channels at each scrape. */
  watch(channelTypes: readonly string[], statuses: (channelType: string) => readonly SocketStatus[]): void;
}

const stateKinds: readonly SocketState["kind"][] = ["unused", "connecting", "open", "lost", "refused"];

export function defineSocketMetrics(metrics: Metrics, clock: Clock): SocketMetrics {
  return {
    lost: metrics.counter({
      name: "mio_gateway_socket_lost_total",
      help: "Socket connections that broke, went silent, failed to open or were refused, by error code.",
      labels: ["channel_type", "reason"],
    }),
    events: metrics.counter({
      name: "mio_gateway_socket_events_total",
      help: "Events that came through sockets, by outcome.",
      labels: ["channel_type", "outcome"],
    }),
    late: metrics.counter({
      name: "mio_gateway_socket_late_events_total",
      help: "Socket events that were not safe in time to be acknowledged; the platform sends them again.",
      labels: ["channel_type"],
    }),
    watch(channelTypes, statuses) {
      const forEach =
        <Label extends string>(set: (gauge: Gauge<Label>, of: Channel) => void) =>
        (gauge: Gauge<Label>): void => {
          gauge.reset();
          for (const channelType of channelTypes) {
            set(gauge, { channelType, statuses: statuses(channelType) });
          }
        };
      metrics.gauge({
        name: "mio_gateway_socket_accounts",
        help: "Accounts by the state of their socket.",
        labels: ["channel_type", "state"],
        collect: forEach(setAccounts),
      });
      metrics.gauge({
        name: "mio_gateway_socket_up",
        help: "1 when every account that uses a socket has it open, else 0; absent when none uses one.",
        labels: ["channel_type"],
        collect: forEach(setUp),
      });
      metrics.gauge({
        name: "mio_gateway_socket_app_connections",
        help: "Maximum number of connections of one app, as counted by the platform when one was opened.",
        labels: ["channel_type"],
        collect: forEach(setConnections),
      });
      metrics.gauge({
        name: "mio_gateway_socket_last_event_age_seconds",
        help: "Longest time that an open socket has been without events, in seconds.",
        labels: ["channel_type"],
        collect: forEach((gauge, channel) => setAge(gauge, channel, clock.now())),
      });
    },
  };
}

interface Channel {
  readonly channelType: string;
  readonly statuses: readonly SocketStatus[];
}

function setAccounts(gauge: Gauge<"channel_type" | "state">, { channelType, statuses }: Channel): void {
  for (const kind of stateKinds) {
    const count = statuses.filter(({ state }) => state.kind === kind).length;
    gauge.set({ channel_type: channelType, state: kind }, count);
  }
}

function setUp(gauge: Gauge<"channel_type">, { channelType, statuses }: Channel): void {
  const used = statuses.filter(({ state }) => state.kind !== "unused");
  if (used.length === 0) return;
  gauge.set({ channel_type: channelType }, used.every(({ state }) => state.kind === "open") ? 1 : 0);
}

function setConnections(gauge: Gauge<"channel_type">, { channelType, statuses }: Channel): void {
  const counts = statuses.flatMap(({ state }) =>
    state.kind === "open" && state.connections !== undefined ? [state.connections.count] : [],
  );
  if (counts.length > 0) gauge.set({ channel_type: channelType }, Math.max(...counts));
}

function setAge(gauge: Gauge<"channel_type">, { channelType, statuses }: Channel, now: Date): void {
  const open = statuses.filter(({ state }) => state.kind === "open");
  if (open.length === 0) return;
  const longest = Math.max(...open.map(({ heardAt }) => now.getTime() - heardAt.getTime()));
  gauge.set({ channel_type: channelType }, longest / 1_000);
}
