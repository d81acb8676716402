import { join } from "node:path";
import { checkProbe, createLogger, createMetrics } from "@mio/service-kit";
import { captureLogs, eventually, privateNats, smallDisk } from "@mio/testkit";
import type { StreamConfig } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { type Bus, createStoreWatch, ensureStreams, openBus, type StreamKey } from "../src/index.ts";
import { openTestBus, publishText, runWorker } from "./bus-fixture.ts";

const inbound = "MESSAGES_INBOUND";

interface Watching extends AsyncDisposable {
  readonly logs: ReturnType<typeof captureLogs>;
  readonly metrics: () => Promise<string>;
  readonly troubles: () => Readonly<Record<string, string>>;
  /** What the probe says, once it is as wanted. */
  until(ok: boolean): Promise<string>;
}

/** A running watch over the inbound stream, or over others. */
function watch(
  bus: Bus,
  streams: readonly StreamKey[] = ["inbound"],
  storage: "file" | "memory" = "memory",
): Watching {
  const logs = captureLogs();
  const metrics = createMetrics({ processMetrics: false });
  const logger = createLogger({ service: "test", level: "info", pretty: false, ...logs });
  const watching = createStoreWatch({ bus, service: "test", streams, replicas: 1, storage, logger, metrics });
  const running = runWorker(watching.worker);
  return {
    logs,
    metrics: () => metrics.text(),
    troubles: () => Object.fromEntries([...watching.troubles()].map(([name, { kind }]) => [name, kind])),
    until: (ok) =>
      eventually(
        async () => {
          const { reason = "ok", ...check } = await checkProbe(watching.probe);
          if (check.ok !== ok) throw new Error(`the probe says ${check.ok}: ${reason}`);
          return reason;
        },
        { timeoutMs: 30_000 },
      ),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** Changes settings of the inbound stream behind Mio's back. */
async function change(bus: Bus, config: Partial<StreamConfig>): Promise<void> {
  await bus.jsm.streams.update(inbound, config);
}

test.concurrent("a stream that stores is green, and nothing is published where a consumer reads", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await using watching = watch(bus, [
    "inbound",
    "enriched",
    "outbound",
    "scheduled",
    "deadLetters",
    "receipts",
  ]);
  await watching.until(true);
  const held = new Map<string, number>();
  for await (const { config, state } of bus.jsm.streams.list()) held.set(config.name, state.messages);
  expect(Object.fromEntries(held)).toEqual({
    MESSAGES_ATTACHMENTS: 0,
    MESSAGES_INBOUND: 0,
    MESSAGES_INBOUND_ENRICHED: 0,
    MESSAGES_OUTBOUND: 0,
    MESSAGES_SCHEDULED: 0,
    MESSAGES_DLQ: 0,
    MESSAGES_RECEIPTS: 0,
    MIO_PROBE: 1,
  });
  expect(watching.logs.matching({ event: "bus.store_lost" })).toEqual([]);
  expect(await watching.metrics()).toContain(`mio_bus_stream_stores{stream="${inbound}"} 1`);
});

test.concurrent("a missing stream is red, said once with its runbook, and made again without a restart", async () => {
  await using fixture = await openTestBus();
  const { bus } = fixture;
  await using watching = watch(bus);
  await watching.until(true);
  await bus.jsm.streams.delete(inbound);
  expect(await watching.until(false)).toContain("stream not found");
  await watching.until(true);
  await publishText(bus, "conversation", "stored again");
  const runbook = "docs/operate/runbooks/stream-missing.md";
  expect(watching.logs.matching({ event: "bus.store_lost" })).toEqual([
    expect.objectContaining({ level: "error", code: "bus.no_stream", streams: [inbound], runbook }),
  ]);
  expect(watching.logs.matching({ event: "bus.streams_made" })).toHaveLength(1);
  expect(watching.logs.matching({ event: "bus.store_recovered" })).toHaveLength(1);
  expect(await watching.metrics()).toContain(`mio_bus_incidents_total{stream="${inbound}",kind="missing"} 1`);
});

test.concurrent.for<
  [what: string, broken: Partial<StreamConfig>, whole: Partial<StreamConfig>, reason: RegExp]
>([
  ["max_msgs", { max_msgs: 1, discard: "new" }, { max_msgs: -1 }, /full: 1 messages/],
  ["max_bytes", { max_bytes: 4_000, discard: "new" }, { max_bytes: -1 }, /full: \d+ of 4000 bytes/],
  ["max_msg_size", { max_msg_size: 100 }, { max_msg_size: -1 }, /max_msg_size is 100/],
  ["no_ack", { no_ack: true }, { no_ack: false }, /no_ack/],
])(
  "a stream that refuses everything by %s is red until it takes messages again",
  async ([_what, broken, whole, reason]) => {
    await using fixture = await openTestBus();
    const { bus } = fixture;
    await publishText(bus, "conversation", "there before");
    await using watching = watch(bus);
    await watching.until(true);
    await change(bus, broken);
    expect(await watching.until(false)).toMatch(reason);
    expect(watching.troubles()).toEqual({ [inbound]: "refuses" });
    await change(bus, whole);
    await watching.until(true);
  },
);

test.concurrent("a sealed stream, which can never be opened again, is red", async () => {
  await using fixture = await openTestBus();
  await using watching = watch(fixture.bus);
  await watching.until(true);
  await change(fixture.bus, { sealed: true });
  expect(await watching.until(false)).toMatch(/sealed/);
});

test.concurrent("a server that does not answer is red, although nothing is published", async () => {
  await using fixture = await openTestBus();
  await using watching = watch(fixture.bus);
  await watching.until(true);
  await fixture.server.pause();
  expect(await watching.until(false)).toMatch(/publish_timeout|no connection/);
  fixture.server.resume();
  await watching.until(true);
});

test.concurrent("a lost connection is red at once, and no incident of the streams", async () => {
  await using fixture = await openTestBus({ durable: true });
  await using watching = watch(fixture.bus, ["inbound"], "file");
  await watching.until(true);
  await fixture.server.kill();
  expect(await watching.until(false)).toContain("no connection");
  await fixture.server.restart();
  await watching.until(true);
  expect(watching.logs.matching({ event: "bus.store_lost" })).toEqual([]);
});

test.concurrent("a full disk is red for a service that publishes nothing, and green once there is room", async (context) => {
  const outcome = await smallDisk(12);
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using disk = outcome.disk;
  await using server = await privateNats({ dir: join(disk.dir, "nats") });
  await using bus = await openBus({ servers: server.url, name: "mio-test" });
  await ensureStreams(bus, { replicas: 1, storage: "file" });
  await using watching = watch(bus, ["inbound"], "file");
  await watching.until(true);
  await disk.fill();
  expect(await watching.until(false)).toContain("no space left on device");
  expect(watching.troubles()).toEqual({ MIO_PROBE: "cannot_write" });
  await disk.free();
  // nats-server refuses the probe's stream until it is made again; the others were not written meanwhile.
  await watching.until(true);
  const lost = watching.logs.matching({ event: "bus.store_lost" });
  expect(lost.at(-1)).toMatchObject({
    runbook: "docs/operate/runbooks/disk-full.md",
    streams: ["MIO_PROBE"],
  });
});

test.concurrent("a stream that nats-server refuses for good after a full disk is red until a restart", async (context) => {
  const outcome = await smallDisk(12);
  if (outcome.kind === "refused") return context.skip(outcome.why);
  await using disk = outcome.disk;
  await using server = await privateNats({ dir: join(disk.dir, "nats") });
  await using bus = await openBus({ servers: server.url, name: "mio-test" });
  await ensureStreams(bus, { replicas: 1, storage: "file" });
  await disk.fill();
  // Too short a time for a watch to see the full disk itself.
  const payload = new Uint8Array(8_192).fill(1);
  const publication = { subject: "mio.inbound.zoho_cliq.acct.c", dedupId: "inb:acct:1", payload };
  await expect(bus.publisher.publish(publication, { timeoutMs: 500 })).rejects.toThrow();
  await disk.free();
  await using watching = watch(bus, ["inbound"], "file");
  await eventually(() => watching.troubles()[inbound] === "cannot_write");
  expect(await watching.until(false)).toContain(`${inbound}: write`);
  await server.restart();
  await watching.until(true);
});
