import { createLogger } from "@mio/service-kit";
import { captureLogs, clusteredNats, eventually, privateNats, testNats } from "@mio/testkit";
import { PersistMode } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import {
  type Bus,
  checkDurability,
  createDurabilityWatch,
  ensureStreams,
  openBus,
  streams,
} from "../src/index.ts";

const placement = { replicas: 1, storage: "file" } as const;
const used = ["inbound", "outbound"] as const;
const open = (servers: string) => openBus({ servers, name: "mio-test" });

/** Runs the watch until `until` holds, and returns its log and its probe. */
async function watch(
  bus: Bus,
  monitorUrls: readonly string[],
  until: (logs: ReturnType<typeof captureLogs>) => void,
) {
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "info", destination: logs.destination });
  const { worker, probe } = createDurabilityWatch({ ...placement, bus, streams: used, monitorUrls, logger });
  const stopping = new AbortController();
  const done = worker.run(stopping.signal);
  await eventually(() => until(logs));
  stopping.abort();
  await done;
  return { logs, probe };
}

test("one server that syncs in the background is an error in the log, and fails an advisory check", async () => {
  await using server = await privateNats({ syncAlways: false, monitored: true });
  await using bus = await open(server.url);
  await ensureStreams(bus, placement);
  const { logs, probe } = await watch(bus, [server.monitorUrl ?? ""], ({ matching }) =>
    expect(matching({ event: "bus.not_durable" })).toHaveLength(1),
  );
  expect(logs.matching({ level: "error" })).toMatchObject([
    {
      msg: expect.stringContaining("set sync_interval: always"),
      reason:
        "MESSAGES_INBOUND, MESSAGES_OUTBOUND: one replica, and sync_interval is 120 s instead of always",
    },
  ]);
  expect(probe.advisory).toBe(true);
  await expect(probe.check(AbortSignal.timeout(1_000))).rejects.toMatchObject({ code: "bus.not_durable" });
});

test("one server that syncs always keeps what it confirmed", async () => {
  await using server = await privateNats({ monitored: true });
  await using bus = await open(server.url);
  const monitorUrls = [server.monitorUrl ?? ""];
  expect(await checkDurability(bus, { ...placement, streams: used, monitorUrls })).toEqual({ kind: "kept" });
  await ensureStreams(bus, placement);
  expect(await checkDurability(bus, { ...placement, streams: used, monitorUrls })).toEqual({ kind: "kept" });
});

test("one server without a monitoring address is a warning that names both settings", async () => {
  await using server = await privateNats();
  await using bus = await open(server.url);
  const { logs, probe } = await watch(bus, [], ({ matching }) =>
    expect(matching({ event: "bus.durability_unknown" })).toHaveLength(1),
  );
  const [warning] = logs.matching({ level: "warn" });
  expect(warning?.["msg"]).toMatch(/MIO_NATS_MONITOR_URLS is not set.*sync_interval: always/);
  await probe.check(AbortSignal.timeout(1_000));
  expect(probe.detail?.()).toContain("MIO_NATS_MONITOR_URLS");
  const monitorUrls = ["http://127.0.0.1:1"];
  expect(await checkDurability(bus, { ...placement, streams: used, monitorUrls })).toEqual({
    kind: "unknown",
    reason: "MESSAGES_INBOUND, MESSAGES_OUTBOUND: one replica, and http://127.0.0.1:1 does not answer",
  });
});

test("a stream that persists asynchronously loses what it confirmed, even if the server syncs always", async () => {
  await using server = await privateNats({ monitored: true });
  await using bus = await open(server.url);
  const { name, subjects } = streams.inbound;
  await bus.jsm.streams.add({ name, subjects: [...subjects], persist_mode: PersistMode.Async });
  const monitorUrls = [server.monitorUrl ?? ""];
  expect(await checkDurability(bus, { ...placement, streams: used, monitorUrls })).toEqual({
    kind: "lost",
    reason: "MESSAGES_INBOUND has persist_mode async",
  });
});

test("streams with replicas need no sync of every message, and streams in memory are not judged", async () => {
  await using cluster = await clusteredNats();
  await using bus = await open([...cluster.servers.values()].map(({ url }) => url).join(","));
  // The servers find each other one after the other, and each new stream elects a leader.
  await eventually(() => ensureStreams(bus, { replicas: 3, storage: "file" }));
  const replicated = { ...placement, streams: used, monitorUrls: [] };
  await eventually(async () => expect(await checkDurability(bus, replicated)).toEqual({ kind: "kept" }));
  await using memory = await testNats();
  await using inMemory = await open(memory.url);
  const options = { replicas: 1, storage: "memory", streams: used, monitorUrls: [] } as const;
  await ensureStreams(inMemory, options);
  expect(await checkDurability(inMemory, options)).toEqual({ kind: "kept" });
});
