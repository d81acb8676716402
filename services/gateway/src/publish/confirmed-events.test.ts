import { createLogger } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { createConfirmedEvents } from "./confirmed-events.ts";

/** Runs the worker step by step: each step ends when the test advances the clock. */
function scripted(options: { readonly maxWaiting?: number } = {}) {
  const time = { now: 0 };
  const removed: string[][] = [];
  const failures: Error[] = [];
  let ring = Promise.withResolvers<void>();
  const query = async ({ values }: { readonly values: readonly [string[]] }) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    removed.push([...values[0]]);
  };
  const events = createConfirmedEvents(
    { query: Object.assign(query) },
    {
      clock: { now: () => new Date(time.now), sleep: () => ring.promise },
      logger: createLogger({ service: "test", level: "silent" }),
      ...options,
    },
  );
  const step = () => {
    const rung = ring;
    ring = Promise.withResolvers();
    rung.resolve();
  };
  return { events, removed, failures, time, step };
}

const running = (worker: ReturnType<typeof scripted>["events"]["worker"], step: () => void) => {
  const stopping = new AbortController();
  const done = worker.run(stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      step();
      await done;
    },
  };
};

it("removes events confirmed meanwhile in one batch", async () => {
  const { events, removed, step } = scripted();
  await using _worker = running(events.worker, step);
  for (const id of ["a", "b", "a"]) events.add(id);
  step();
  await eventually(() => expect(removed).toEqual([["a", "b"]]));
});

it("retries a failed removal", async () => {
  const { events, removed, failures, step } = scripted();
  await using _worker = running(events.worker, step);
  failures.push(new Error("Postgres is away"));
  events.add("a");
  step();
  await eventually(() => expect(failures).toEqual([]));
  expect(events.has("a")).toBe(true);
  events.add("b");
  step();
  await eventually(() => expect(removed).toEqual([["a", "b"]]));
});

it("remembers an event until no statement can return its row", async () => {
  const { events, removed, time, step } = scripted();
  await using _worker = running(events.worker, step);
  events.add("a");
  step();
  await eventually(() => expect(removed).toHaveLength(1));
  const remove = async (id: string) => {
    const before = removed.length;
    events.add(id);
    step();
    await eventually(() => expect(removed).toHaveLength(before + 1));
  };
  time.now += 10_000;
  await remove("b");
  expect([events.has("a"), events.has("b"), events.has("c")]).toEqual([true, true, false]);
  time.now += 10_000;
  await remove("c");
  expect([events.has("a"), events.has("b"), events.has("c")]).toEqual([false, true, true]);
});

it("leaves events above its limit to the relay", async () => {
  const { events, removed, step } = scripted({ maxWaiting: 2 });
  await using _worker = running(events.worker, step);
  for (const id of ["a", "b", "c"]) events.add(id);
  expect(events.has("c")).toBe(false);
  step();
  await eventually(() => expect(removed).toEqual([["a", "b"]]));
});

it("removes the remaining events on stop", async () => {
  const { events, removed, step } = scripted();
  {
    await using _worker = running(events.worker, step);
    events.add("a");
  }
  expect(removed).toEqual([["a"]]);
});
