import { headerNames } from "@mio/envelope";
import { createMetrics } from "@mio/service-kit";
import { eventually, testNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { ensureStreams, openBus, streams } from "../src/index.ts";
import { openTestBus, publishText } from "./bus-fixture.ts";

const subject = "mio.inbound.zoho_cliq.acct.conv";
const payload = new TextEncoder().encode("halo");

test("confirms with the stream and sequence, and reports a duplicate", async () => {
  await using fixture = await openTestBus();
  const first = await publishText(fixture.bus, "conv", "one");
  expect(first).toEqual({ stream: "MESSAGES_INBOUND", sequence: 1, duplicate: false });
  expect(await publishText(fixture.bus, "conv", "one")).toEqual({ ...first, duplicate: true });
});

test("keeps the order of the calls while many are on their way", async () => {
  await using fixture = await openTestBus();
  const results = await Promise.all(
    Array.from({ length: 3_000 }, (_, index) => publishText(fixture.bus, "conv", `text-${index}`)),
  );
  expect(results.map((result) => result.sequence)).toEqual(results.map((_, index) => index + 1));
});

test("sends every header, and the dedup id among them", async () => {
  await using fixture = await openTestBus();
  const headers = [["Mio-Test", "ünïcode"]] as const;
  const { sequence } = await fixture.bus.publisher.publish({ subject, dedupId: "inb:x", payload, headers });
  const stored = await fixture.bus.jsm.streams.getMessage(streams.inbound.name, { seq: sequence });
  expect(stored?.header?.get("Mio-Test")).toBe("ünïcode");
  expect(stored?.header?.get(headerNames.dedupId)).toBe("inb:x");
});

test("refuses a subject that no stream takes", async () => {
  await using fixture = await openTestBus();
  const publishing = fixture.bus.publisher.publish({ subject: "mio.nowhere.x", dedupId: "x", payload });
  await expect(publishing).rejects.toMatchObject({ code: "bus.no_stream", retry: "soon" });
});

test.each([
  ["the stream's limit", 1_040_000],
  ["the server's limit", 1_100_000],
])("refuses a message above %s, once and for all", async (_, size) => {
  await using fixture = await openTestBus();
  const publishing = fixture.bus.publisher.publish({
    subject,
    dedupId: "big",
    payload: new Uint8Array(size),
  });
  await expect(publishing).rejects.toMatchObject({ code: "bus.too_large", retry: "never" });
});

test("names a stream that is full, and the limit, and succeeds when there is room", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const { name } = streams.outbound;
  const { config } = await bus.jsm.streams.info(name);
  await bus.jsm.streams.update(name, { ...config, max_msgs: 1 });
  const publish = (dedupId: string) =>
    bus.publisher.publish({ subject: "mio.outbound.slack.acct.conv", dedupId, payload });
  await publish("one");
  await expect(publish("two")).rejects.toMatchObject({
    code: "bus.stream_full",
    retry: "soon",
    details: { stream: name, limit: "max_msgs" },
  });
  await bus.jsm.streams.purge(name);
  expect(await publish("two")).toMatchObject({ duplicate: false });
});

test("says that NATS has no room left", async () => {
  await using server = await testNats({ maxStoreBytes: 100_000 });
  await using bus = await openBus({ servers: server.url, name: "mio-test" });
  await ensureStreams(bus, { replicas: 1, storage: "memory", only: ["inbound"] });
  const body = new Uint8Array(50_000);
  const publish = (dedupId: string) => bus.publisher.publish({ subject, dedupId, payload: body });
  const outcomes = await Promise.allSettled(["a", "b", "c", "d", "e"].map(publish));
  expect(outcomes.at(-1)).toMatchObject({
    status: "rejected",
    reason: { code: "bus.storage_failed", retry: "soon" },
  });
});

test("rejects in time when the server does not answer, and recovers", async () => {
  await using fixture = await openTestBus();
  await fixture.server.pause();
  const publishing = fixture.bus.publisher.publish({ subject, dedupId: "a", payload }, { timeoutMs: 150 });
  await expect(publishing).rejects.toMatchObject({ code: "bus.publish_timeout", retry: "soon" });
  expect(fixture.bus.requests.pending()).toBe(0);
  fixture.server.resume();
  // The first may or may not have been stored; with its dedup id it is there once either way.
  await fixture.bus.publisher.publish({ subject, dedupId: "a", payload });
  const { state } = await fixture.bus.jsm.streams.info(streams.inbound.name);
  expect(state.messages).toBe(1);
});

test("rejects pending publications when the connection is lost, refuses new ones, then recovers", async () => {
  await using fixture = await openTestBus({ durable: true });
  const { bus, server } = fixture;
  await server.pause();
  const onItsWay = Array.from({ length: 20 }, (_, index) => publishText(bus, "conv", `flying-${index}`));
  const outcomes = Promise.allSettled(onItsWay);
  await server.kill();
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "bus.unavailable" } });
  }
  const before = performance.now();
  await expect(publishText(bus, "conv", "down")).rejects.toMatchObject({ code: "bus.unavailable" });
  // Long before the deadline of a publication.
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(bus.isConnected()).toBe(false);
  await expect(bus.ping()).rejects.toMatchObject({ code: "bus.unavailable" });
  await server.restart();
  await eventually(() => bus.isConnected());
  expect(await publishText(bus, "conv", "up")).toMatchObject({ duplicate: false });
  await bus.ping();
});

test("waits for a slot no longer than the timeout", async () => {
  await using fixture = await openTestBus();
  await fixture.server.pause();
  const all = await Promise.allSettled(
    Array.from({ length: 1_100 }, (_, index) =>
      fixture.bus.publisher.publish({ subject, dedupId: `p${index}`, payload }, { timeoutMs: 200 }),
    ),
  );
  fixture.server.resume();
  expect(all.every((one) => one.status === "rejected" && one.reason.code === "bus.publish_timeout")).toBe(
    true,
  );
  expect(await publishText(fixture.bus, "conv", "after")).toMatchObject({ duplicate: false });
});

test("counts by outcome without any id in the labels", async () => {
  const metrics = createMetrics({ processMetrics: false });
  await using fixture = await openTestBus({ metrics });
  await publishText(fixture.bus, "conv", "one");
  await publishText(fixture.bus, "conv", "one");
  const text = await metrics.text();
  expect(text).toContain(
    'mio_sdk_publish_total{channel_type="zoho_cliq",direction="inbound",outcome="success"} 1',
  );
  expect(text).toContain(
    'mio_sdk_publish_total{channel_type="zoho_cliq",direction="inbound",outcome="dedup"} 1',
  );
  expect(text).not.toContain("acct");
});

test("rejects without NATS instead of waiting", async () => {
  const opening = openBus({ servers: "nats://127.0.0.1:9", name: "mio-test", connectTimeoutMs: 500 });
  await expect(opening).rejects.toMatchObject({ code: "bus.unavailable", retry: "soon" });
});
