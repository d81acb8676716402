import { ensureStreams, openBus } from "@mio/bus";
import { systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import { eventually, privateNats, testNats } from "@mio/testkit";
import { expect, it } from "vitest";
import { type Look, watchCommands } from "../src/intake/watch-commands.ts";

it("reports a paused NATS as unavailable, since that passes", async () => {
  await using nats = await privateNats();
  await using bus = await openBus({ servers: nats.url, name: "test" });
  await ensureStreams(bus, { replicas: 1, storage: "memory" });
  const stop = new AbortController();
  const lines: string[] = [];
  const write = (line: string): void => {
    lines.push(line);
    stop.abort();
  };
  await nats.pause();
  const ignore = (): void => undefined;
  const logger = createLogger({ service: "test", level: "warn", pretty: false, destination: { write } });
  await watchCommands(
    { bus, logger, clock: systemClock, onNotify: ignore, onNotifyOne: ignore, onLook: ignore },
    stop.signal,
  );
  nats.resume();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ err: expect.objectContaining({ code: "bus.unavailable" }) }),
  ]);
});

it("looks again at once after a lost connection, during which a notification may have come", async () => {
  await using nats = await testNats();
  await using bus = await openBus({ servers: nats.url, name: "test" });
  await ensureStreams(bus, { replicas: 1, storage: nats.storage });
  const stop = new AbortController();
  const reconnected: (() => void)[] = [];
  const onReconnect = (listener: () => void) => {
    reconnected.push(listener);
    return () => {};
  };
  let looks = 0;
  const onLook = (): void => {
    looks += 1;
  };
  const ignore = (): void => undefined;
  const logger = createLogger({ service: "test", level: "fatal" });
  const hearing = watchCommands(
    {
      ...{ bus: { ...bus, onReconnect }, logger, clock: systemClock, onLook },
      ...{ onNotify: ignore, onNotifyOne: ignore, lookEveryMs: 3_600_000 },
    },
    stop.signal,
  );
  await eventually(() => expect(looks).toBe(1));
  for (const listener of reconnected) listener();
  await eventually(() => expect(looks).toBe(2));
  stop.abort();
  await hearing;
});

it("reads a large stream page by page, and less often the larger it is", async () => {
  await using nats = await privateNats();
  await using bus = await openBus({ servers: nats.url, name: "test" });
  await ensureStreams(bus, { replicas: 1, storage: "memory" });
  const edits = 100_100;
  const payload = new Uint8Array();
  // One account has nearly all of them; the other's sort last, on the second page.
  const subjects = Array.from({ length: edits }, (_, index) => `mio.outbound.a.one.c.${index}`);
  for (let from = 0; from < edits; from += 5_000) {
    const batch = subjects.slice(from, from + 5_000);
    await Promise.all(batch.map((subject) => bus.publisher.publish({ subject, dedupId: subject, payload })));
  }
  await bus.publisher.publish({ subject: "mio.outbound.z.two.c", dedupId: "two", payload });
  const stop = new AbortController();
  const notices: (string | undefined)[] = [];
  const slept: number[] = [];
  const clock = {
    ...systemClock,
    sleep: async (ms: number) => {
      slept.push(ms);
      stop.abort();
    },
  };
  const logger = createLogger({ service: "test", level: "fatal" });
  const onNotify = ({ account }: { account: string | undefined }) => void notices.push(account);
  let look: Look | undefined;
  const onLook = (one: Look) => {
    look = one;
  };
  const onNotifyOne = () => undefined;
  await watchCommands({ bus, logger, clock, onNotify, onNotifyOne, onLook }, stop.signal);
  expect(look?.waiting).toEqual(
    new Map([
      ["one", edits],
      ["two", 1],
    ]),
  );
  expect(Date.now() - (look?.oldestAt?.getTime() ?? 0)).toBeLessThan(600_000);
  expect(notices.toSorted()).toEqual(["one", "two"]);
  expect(slept).toEqual([(edits + 1) * 3]);
});
