import { createLogger, createMetrics } from "@mio/service-kit";
import { captureLogs, eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { consume, consumers, ensureConsumer, streams } from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const consumer = consumers.mediaVault;
const series = `mio_consumer_skipped_messages_total{stream="${streams.inbound.name}",durable="${consumer.durable}"}`;

test("a stream that dropped messages while its reader was away is counted and logged once", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await ensureConsumer(bus, consumer);
  const { config } = await bus.jsm.streams.info(streams.inbound.name);
  await bus.jsm.streams.update(config.name, { ...config, max_msgs: 4, discard: "old" });
  for (let index = 0; index < 10; index++) await publishText(bus, "conv", `text-${index}`);
  const metrics = createMetrics({ processMetrics: false });
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  let handled = 0;
  const handler = async () => {
    handled += 1;
    return { kind: "done" } as const;
  };
  for (let start = 0; start < 2; start++) {
    await using _worker = runWorker(consume({ bus, consumer, logger, metrics, maxInFlight: 5, handler }));
    await eventually(() => expect(handled).toBe(4));
  }
  expect(await metrics.text()).toContain(`${series} 6`);
  expect(logs.matching({ event: "consume.messages_skipped" })).toEqual([
    expect.objectContaining({ level: "error", skipped: 6, first: 7, delivered: 0 }),
  ]);
});

test("a reader that has read everything has skipped nothing, also when it was all dropped since", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const metrics = createMetrics({ processMetrics: false });
  let handled = 0;
  const worker = consume({
    bus,
    consumer,
    metrics,
    maxInFlight: 5,
    handler: async () => {
      handled += 1;
      return { kind: "done" };
    },
  });
  {
    await using _first = runWorker(worker);
    for (let index = 0; index < 3; index++) await publishText(bus, "conv", `text-${index}`);
    await eventually(async () => {
      const { ack_floor } = await bus.jsm.consumers.info(streams.inbound.name, consumer.durable);
      expect(ack_floor.stream_seq).toBe(3);
    });
  }
  await bus.jsm.streams.purge(streams.inbound.name);
  await using _second = runWorker(worker);
  await publishText(bus, "conv", "last");
  await eventually(() => expect(handled).toBe(4));
  expect(await metrics.text()).toContain(`${series} 0`);
});

test("a reader of a part of a stream does not count what it never wanted", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  const narrow = { ...consumer, durable: "narrow", filter: "mio.inbound.zoho_cliq.acct.mine" };
  await ensureConsumer(bus, narrow);
  const { config } = await bus.jsm.streams.info(streams.inbound.name);
  await bus.jsm.streams.update(config.name, { ...config, max_msgs: 2, discard: "old" });
  for (let index = 0; index < 5; index++) await publishText(bus, "other", `text-${index}`);
  await publishText(bus, "mine", "mine");
  const metrics = createMetrics({ processMetrics: false });
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "warn", destination: logs.destination });
  let handled = 0;
  const handler = async () => {
    handled += 1;
    return { kind: "done" } as const;
  };
  const reading = { bus, consumer: narrow, logger, metrics, maxInFlight: 5, handler };
  await using _worker = runWorker(consume(reading));
  await eventually(() => expect(handled).toBe(1));
  expect(await metrics.text()).not.toContain('durable="narrow"} 4');
  expect(logs.matching({ event: "consume.messages_skipped" })).toEqual([]);
});
