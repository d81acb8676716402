import type { SocketState } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { systemClock } from "@mio/pacing";
import { createLogger, createMetrics } from "@mio/service-kit";
import { expect, it } from "vitest";
import { createSocketEvents } from "./socket-events.ts";
import { defineSocketMetrics } from "./socket-metrics.ts";
import type { SocketStatus } from "./socket-status.ts";

const now = new Date(100_000);
const clock = { ...systemClock, now: () => now };

function scripted() {
  const registry = createMetrics({ processMetrics: false });
  const metrics = defineSocketMetrics(registry, clock);
  const logger = createLogger({ service: "test", level: "silent" });
  const report = createSocketEvents({ logger, metrics, clock });
  const series = async () =>
    (await registry.text()).split("\n").filter((line) => line.startsWith("mio_gateway_socket_"));
  return { metrics, report, series };
}

const trouble = (code: "socket.refused" | "socket.lost") => ({
  error: new MioError(code, "scripted", { retry: "soon" }),
  retryAfterMs: 0,
});
const lost: SocketState = { kind: "lost", ...trouble("socket.lost") };
const refused: SocketState = { kind: "refused", ...trouble("socket.refused") };

it("counts every late event, and every lost connection by its error", async () => {
  const { report, series } = scripted();
  const account = report.forAccount({ channelType: "slack", accountId: "a" });
  for (let count = 0; count < 2; count += 1) {
    account.late();
    account.changed(lost);
  }
  for (const state of [refused, { kind: "connecting" }, { kind: "open" }] as const) account.changed(state);
  expect((await series()).toSorted()).toEqual([
    'mio_gateway_socket_late_events_total{channel_type="slack"} 2',
    'mio_gateway_socket_lost_total{channel_type="slack",reason="socket.lost"} 2',
    'mio_gateway_socket_lost_total{channel_type="slack",reason="socket.refused"} 1',
  ]);
});

it("is up only if every account that uses a socket has it open, and reports the longest silence", async () => {
  const { metrics, series } = scripted();
  let statuses: readonly SocketStatus[] = [];
  metrics.watch(["slack"], () => statuses);
  const status = (state: SocketState, heardAt: number): SocketStatus => ({
    accountId: "a",
    state,
    heardAt: new Date(heardAt),
  });
  const upAndAge = async () =>
    (await series()).filter((line) => /_(up|age_seconds)\{/.test(line)).map((line) => line.split(" ")[1]);
  statuses = [status({ kind: "unused" }, 0)];
  expect(await upAndAge()).toEqual([]);
  statuses = [...statuses, status({ kind: "open" }, 70_000), status({ kind: "open" }, 40_000)];
  expect(await upAndAge()).toEqual(["1", "60"]);
  statuses = [...statuses, status(lost, 0)];
  expect(await upAndAge()).toEqual(["0", "60"]);
});
