import { MioError } from "@mio/failure";
import { createLogger, createMetrics } from "@mio/service-kit";
import type { LedgerEntry, OutboxEntry } from "@mio/store";
import { captureLogs } from "@mio/testkit";
import { expect, it } from "vitest";
import { type Answered, createGatewayEvents, type WebhookOutcome } from "./events.ts";

function scripted() {
  const logs = captureLogs();
  const metrics = createMetrics({ processMetrics: false });
  const logger = createLogger({ service: "test", level: "info", destination: logs.destination });
  /** The value of one series; undefined before it is set. */
  const read = async (series: string): Promise<number | undefined> => {
    const line = (await metrics.text()).split("\n").find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  const labelsOf = (outcome: WebhookOutcome) =>
    `{channel_type="slack",direction="inbound",outcome="${outcome}"}`;
  return {
    logs,
    report: createGatewayEvents(logger, metrics),
    read,
    inbound: (outcome: WebhookOutcome) => read(`mio_gateway_inbound_total${labelsOf(outcome)}`),
    latency: (part: "sum" | "count", outcome: WebhookOutcome) =>
      read(`mio_gateway_inbound_latency_seconds_${part}${labelsOf(outcome)}`),
  };
}

const entry: LedgerEntry = {
  status: "fresh",
  messageId: "m",
  conversationId: "c",
  subject: "s",
  dedupId: "d",
  envelope: new Uint8Array(),
  waitsBehind: undefined,
  asOf: 0,
};
const arrived = () => ({ channelType: "slack", startedAt: performance.now() });

const endings: readonly { readonly outcome: WebhookOutcome; readonly acceptance: Answered }[] = [
  { outcome: "success", acceptance: { kind: "published", entry } },
  { outcome: "queued", acceptance: { kind: "queued", entry, cause: "order" } },
  { outcome: "dedup", acceptance: { kind: "duplicate", entry } },
  { outcome: "unroutable", acceptance: { kind: "unroutable", reason: "no_account", workspace: "T1" } },
];

it.each(endings)("counts $acceptance.kind as $outcome", async ({ outcome, acceptance }) => {
  const { report, inbound, latency, read } = scripted();
  report.accepted(arrived(), acceptance);
  expect([await inbound(outcome), await latency("count", outcome)]).toEqual([1, 1]);
  const repeated = await read('mio_idempotency_dedup_total{channel_type="slack"}');
  expect(repeated).toBe(outcome === "dedup" ? 1 : undefined);
  const unroutable = await read('mio_gateway_unroutable_webhook_total{channel_type="slack"}');
  expect(unroutable).toBe(outcome === "unroutable" ? 1 : undefined);
});

it("measures the time of an answer in seconds", async () => {
  const { report, latency } = scripted();
  report.accepted(
    { channelType: "slack", startedAt: performance.now() - 3_000 },
    { kind: "published", entry },
  );
  expect(await latency("sum", "success")).toBeGreaterThanOrEqual(3);
  expect(await latency("sum", "success")).toBeLessThan(60);
});

it("counts an unused event by its reason, and does not count a handshake", async () => {
  const { report, inbound, latency, read } = scripted();
  report.ignored(arrived(), "membership");
  report.handshake("slack");
  const dropped = 'mio_gateway_dropped_events_total{channel_type="slack",reason="membership"}';
  expect([await read(dropped), await inbound("normalize_error"), await inbound("handshake")]).toEqual([
    1, 1, 1,
  ]);
  expect([await latency("count", "normalize_error"), await latency("count", "handshake")]).toEqual([
    1,
    undefined,
  ]);
});

it("counts each rejection, and logs equal ones once, with the sender's address", async () => {
  const { report, inbound, logs } = scripted();
  for (let count = 0; count < 3; count += 1) {
    report.refused({ ...arrived(), peer: "192.0.2.1" }, "bad_signature", "signature mismatch");
  }
  report.refused(arrived(), "db_error", new MioError("store.unavailable", "away", { retry: "soon" }));
  expect([await inbound("bad_signature"), await inbound("db_error")]).toEqual([3, 1]);
  expect(logs.matching({ outcome: "bad_signature" })).toMatchObject([
    { peer: "192.0.2.1", reason: "signature mismatch", msg: "webhook.refused" },
  ]);
  expect(logs.matching({ outcome: "db_error" })).toMatchObject([{ msg: "socket.event_refused" }]);
});

it("truncates a workspace's id in the log", async () => {
  const { report, logs } = scripted();
  report.accepted(arrived(), { kind: "unroutable", reason: "no_account", workspace: "T".repeat(5_000) });
  expect(logs.matching({ reason: "no_account" })).toMatchObject([{ workspace: "T".repeat(100) }]);
});

it("measures the outbox, and counts relayed and given-up events", async () => {
  const { report, read, logs } = scripted();
  report.outboxMeasured({ pending: 7, oldestSeconds: 42 });
  report.relayed(0);
  expect(logs.lines).toEqual([]);
  report.relayed(3);
  const error = new MioError("bus.too_large", "too large");
  const outboxEntry: OutboxEntry = {
    ...{ messageId: "m", conversationId: "c", channelType: "slack", subject: "s", dedupId: "d" },
    ...{ envelope: Buffer.from("secret text"), traceparent: undefined, attempts: 0 },
    ...{ recordedAt: new Date(0), ageMs: 0 },
  };
  report.givenUp({ entry: outboxEntry, error });
  const names = [
    "mio_outbox_pending",
    "mio_outbox_oldest_seconds",
    "mio_outbox_relayed_total",
    "mio_outbox_given_up_total",
  ];
  expect(await Promise.all(names.map(read))).toEqual([7, 42, 3, 1]);
  expect(logs.matching({ message_id: "m" })).toMatchObject([{ subject: "s", bytes: 11 }]);
  expect(logs.text()).not.toContain("secret text");
});

it("reports how far the partitions of messages reach", async () => {
  const { report, read, logs } = scripted();
  const coveredUntil = new Date(Date.now() + 60_000);
  report.messagesRotated({ created: 0, dropped: 0, coveredUntil, isSpilled: false });
  expect(logs.lines).toEqual([]);
  const ahead = await read('mio_partition_ahead_seconds{table="messages"}');
  expect(Math.round(ahead ?? 0)).toBeGreaterThan(55);
  report.messagesRotated({ created: 1, dropped: 2, coveredUntil, isSpilled: true });
  expect(logs.matching({ created: 1 })).toMatchObject([{ dropped: 2 }]);
  expect(logs.text()).toContain("messages.without_partition");
});
