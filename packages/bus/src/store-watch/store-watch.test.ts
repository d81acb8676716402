import { MioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import { createLogger, createMetrics, isNeededToAccept } from "@mio/service-kit";
import { captureLogs, eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { createStoreWatch } from "./store-watch.ts";

const lost = new MioError("bus.unavailable", "There is no connection to NATS.", { retry: "soon" });

const now = "2026-01-01T00:00:00Z";
/** What a server says about a stream that has just stored a message. */
const whole = {
  config: { subjects: ["mio.inbound.>", "mio.probe.>"], discard: "old", max_msg_size: -1 },
  state: { messages: 1, bytes: 100, last_ts: now },
  ts: now,
};

/** A connection on which no request is answered until all are, or it is lost; and a clock that never ends a pause. */
function scripted() {
  const asked = new Set<PromiseWithResolvers<{ readonly data: Uint8Array }>>();
  const listeners = new Set<() => void>();
  let connected = true;
  let pauses = 0;
  const request = () => {
    const answer = Promise.withResolvers<{ readonly data: Uint8Array }>();
    asked.add(answer);
    return answer.promise;
  };
  const onReconnect = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const bus = { requests: { request }, isConnected: () => connected, onReconnect } as unknown as Bus;
  const clock: Clock = {
    now: () => new Date(0),
    sleep: async (_ms, signal) => {
      pauses += 1;
      if (signal?.aborted) return;
      await new Promise<void>((resolve) =>
        signal?.addEventListener("abort", () => resolve(), { once: true }),
      );
    },
  };
  return {
    bus,
    clock,
    asked,
    lose: async (): Promise<void> => {
      const before = pauses;
      connected = false;
      for (const { reject } of asked) reject(lost);
      asked.clear();
      await eventually(() => expect(pauses).toBeGreaterThan(before));
    },
    answer: async (): Promise<void> => {
      await eventually(() => expect(asked.size).toBeGreaterThan(0));
      for (const { resolve } of asked) resolve({ data: Buffer.from(JSON.stringify(whole)) });
      asked.clear();
    },
    reconnect: (): void => {
      connected = true;
      for (const listener of listeners) listener();
    },
  };
}

function watchOf({ bus, clock }: ReturnType<typeof scripted>) {
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "info", destination: logs.destination });
  const metrics = createMetrics({ processMetrics: false });
  const placement = { replicas: 1, storage: "memory" } as const;
  const watch = createStoreWatch({
    ...placement,
    ...{ bus, clock, logger, metrics },
    service: "test",
    streams: ["inbound"],
  });
  return { watch, logs };
}

test("checks that a lost connection interrupted are not incidents", async () => {
  const connection = scripted();
  const { watch, logs } = watchOf(connection);
  const stopping = new AbortController();
  const running = watch.worker.run(stopping.signal);
  for (let losses = 0; losses < 4; losses += 1) {
    await eventually(() => expect(connection.asked.size).toBeGreaterThan(0));
    await connection.lose();
    connection.reconnect();
  }
  expect(watch.troubles()).toEqual(new Map());
  expect(logs.lines).toEqual([]);
  stopping.abort();
  await running;
});

test("right after the start the probe waits for the first look", async () => {
  const connection = scripted();
  const { watch } = watchOf(connection);
  const stopping = new AbortController();
  const running = watch.worker.run(stopping.signal);
  const checked = watch.probe.check(stopping.signal);
  const first = Promise.race([checked, connection.answer().then(() => "not yet")]);
  expect(await first).toBe("not yet");
  await connection.answer();
  expect(await checked).toBeUndefined();
  stopping.abort();
  await running;
});

test("a service that records events elsewhere stays ready while the store refuses", () => {
  expect(isNeededToAccept(watchOf(scripted()).watch.probe)).toBe(false);
});
