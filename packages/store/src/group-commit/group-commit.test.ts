import type { Timers } from "@mio/pacing";
import { expect, test } from "vitest";
import { createGroupCommit, type GroupCommitOptions, type GroupEntry } from "./group-commit.ts";

interface Entry extends GroupEntry {
  readonly value?: number;
}

/** A writer whose batches end when the test ends them. */
function scripted(options: Partial<GroupCommitOptions<Entry, string>> = {}) {
  const batches: { keys: string[]; end: (fail?: Error) => void }[] = [];
  const group = createGroupCommit<Entry, string>({
    write: (batch) => {
      const { promise, resolve, reject } = Promise.withResolvers<PromiseSettledResult<string>[]>();
      const keys = batch.map((entry) => entry.key);
      const done = keys.map(
        (key): PromiseSettledResult<string> => ({ status: "fulfilled", value: `row ${key}` }),
      );
      batches.push({ keys, end: (fail) => (fail === undefined ? resolve(done) : reject(fail)) });
      return promise;
    },
    maxBatch: options.maxBatch ?? 10,
    maxInFlight: options.maxInFlight ?? 1,
    minBeside: options.minBeside ?? 1,
    maxQueued: options.maxQueued ?? 100,
    inOrder: options.inOrder ?? true,
    ...(options.now && { now: options.now }),
    ...(options.timers && { timers: options.timers }),
    spacingMs: options.spacingMs ?? 0,
  });
  const batch = (at: number) => batches[at] ?? expect.fail(`batch ${at} was not written`);
  return { group, batches, batch };
}

test("writes a lone entry at once and batches later arrivals", async () => {
  const { group, batches, batch } = scripted();
  const first = group.submit({ key: "a" });
  expect(batch(0).keys).toEqual(["a"]);
  const rest = ["b", "c", "d"].map((key) => group.submit({ key }));
  expect(batches).toHaveLength(1);
  batch(0).end();
  expect(await first).toEqual({ result: "row a", written: { key: "a" } });
  await expect.poll(() => batches.length).toBe(2);
  expect(batch(1).keys).toEqual(["b", "c", "d"]);
  batch(1).end();
  await Promise.all(rest);
  expect(group.depth()).toBe(0);
});

test("respects the batch size and the number of batches in flight", () => {
  const { group, batches, batch } = scripted({ maxBatch: 2, maxInFlight: 2 });
  for (const key of ["a", "b", "c", "d", "e", "f"]) void group.submit({ key });
  expect(batches.map(({ keys }) => keys)).toEqual([["a"], ["b"]]);
  expect(batch(1).keys.length).toBeLessThanOrEqual(2);
});

test("starts a second batch only above its minimum and writes the rest later", async () => {
  const { group, batches, batch } = scripted({ maxInFlight: 2, minBeside: 3 });
  const all = ["a", "b", "c"].map((key) => group.submit({ key }));
  expect(batches.map(({ keys }) => keys)).toEqual([["a"]]);
  all.push(group.submit({ key: "d" }), group.submit({ key: "e" }));
  expect(batches.map(({ keys }) => keys)).toEqual([["a"], ["b", "c", "d"]]);
  batch(0).end();
  await all[0];
  // With one more entry there are still too few for a second batch, although a slot is free.
  all.push(group.submit({ key: "f" }));
  expect(batches).toHaveLength(2);
  batch(1).end();
  await expect.poll(() => batches.length).toBe(3);
  expect(batch(2).keys).toEqual(["e", "f"]);
  batch(2).end();
  await Promise.all(all);
});

test("spaces small batches apart, and delays neither a lone entry nor a full batch", async () => {
  let time = 0;
  const rings: { at: number; ring: () => void }[] = [];
  const timers: Timers = {
    after: (ms, ring) => {
      rings.push({ at: time + ms, ring });
      return { [Symbol.dispose]: () => expect.unreachable() };
    },
  };
  const { group, batches, batch } = scripted({ spacingMs: 3, minBeside: 3, now: () => time, timers });
  const keys = () => batches.map((each) => each.keys);
  const all = [group.submit({ key: "lone" })];
  expect(keys()).toEqual([["lone"]]);
  time = 1;
  batch(0).end();
  await all[0];
  all.push(group.submit({ key: "a" }), group.submit({ key: "b" }));
  expect(batches).toHaveLength(1);
  expect(rings.map(({ at }) => at)).toEqual([3]);
  time = 3;
  rings[0]?.ring();
  expect(keys()).toEqual([["lone"], ["a", "b"]]);
  batch(1).end();
  await Promise.all(all);
  all.push(...["c", "d", "e"].map((key) => group.submit({ key })));
  expect(keys()).toEqual([["lone"], ["a", "b"], ["c", "d", "e"]]);
  batch(2).end();
  time = 6;
  await Promise.all(all);
  void group.submit({ key: "later" });
  expect(keys()).toEqual([["lone"], ["a", "b"], ["c", "d", "e"], ["later"]]);
});

test("releases results in submission order although a later batch ends first", async () => {
  const { group, batch } = scripted({ maxInFlight: 2 });
  const released: string[] = [];
  const a = group.submit({ key: "a" }).then(() => released.push("a"));
  const b = group.submit({ key: "b" }).then(() => released.push("b"));
  batch(1).end();
  batch(0).end();
  await Promise.all([a, b]);
  expect(released).toEqual(["a", "b"]);
});

test("without an order a batch that gets no answer delays no other one", async () => {
  const { group, batches, batch } = scripted({ maxInFlight: 2, maxBatch: 1, inOrder: false });
  const ended: string[] = [];
  const all = ["a", "b", "c"].map((key) => group.submit({ key }).then(() => ended.push(key)));
  batch(1).end();
  await all[1];
  await expect.poll(() => batches.length).toBe(3);
  batch(2).end();
  await all[2];
  expect(ended).toEqual(["b", "c"]);
  batch(0).end();
  await all[0];
});

test("entries with equal keys share the first one's write", async () => {
  const { group, batches, batch } = scripted();
  const all = Array.from({ length: 30 }, (_, value) => group.submit({ key: "same", value }));
  batch(0).end();
  const joined = await Promise.all(all);
  expect(new Set(joined.map(({ written }) => written.value))).toEqual(new Set([0]));
  expect(new Set(joined.map(({ result }) => result))).toEqual(new Set(["row same"]));
  expect(batches).toHaveLength(1);
});

test("entries with a common key or alias share one write, then release both", async () => {
  const { group, batches, batch } = scripted();
  const all = [
    { key: "one", alias: "same" },
    { key: "two", alias: "same" },
    { key: "one" },
    { key: "one", alias: "other" },
  ].map((entry) => group.submit(entry));
  expect(group.depth()).toBe(1);
  batch(0).end();
  expect(new Set((await Promise.all(all)).map(({ written }) => written.key))).toEqual(new Set(["one"]));
  const again = group.submit({ key: "two", alias: "same" });
  expect(batches).toHaveLength(2);
  batch(1).end();
  expect((await again).written.key).toBe("two");
});

test("an entry waits until its target is committed", async () => {
  const { group, batches, batch } = scripted({ maxInFlight: 2 });
  const original = group.submit({ key: "original" });
  const edit = group.submit({ key: "edit", waitsFor: "original" });
  const later = group.submit({ key: "later" });
  expect(batches.map(({ keys }) => keys)).toEqual([["original"]]);
  batch(0).end();
  await original;
  await expect.poll(() => batches.length).toBe(2);
  expect(batch(1).keys).toEqual(["edit", "later"]);
  batch(1).end();
  await Promise.all([edit, later]);
});

test("a failed batch rejects its own entries only", async () => {
  const { group, batches, batch } = scripted();
  const doomed = group.submit({ key: "a" });
  const next = group.submit({ key: "b" });
  batch(0).end(new Error("postgres is away"));
  await expect(doomed).rejects.toThrow("postgres is away");
  await expect.poll(() => batches.length).toBe(2);
  batch(1).end();
  expect((await next).result).toBe("row b");
});

test("rejects entries above its limit and accepts them again below it", async () => {
  const { group, batch } = scripted({ maxQueued: 2 });
  const held = [group.submit({ key: "a" }), group.submit({ key: "b" })];
  await expect(group.submit({ key: "c" })).rejects.toMatchObject({ code: "store.overloaded" });
  batch(0).end();
  await held[0];
  await expect.poll(() => group.depth()).toBe(1);
  void group.submit({ key: "c" });
  expect(group.depth()).toBe(2);
});

test("reports the age of the oldest unreleased entry", async () => {
  let now = 1_000;
  const { group, batch } = scripted({ maxInFlight: 2, maxBatch: 1, now: () => now });
  expect(group.oldestMs()).toBe(0);
  const first = group.submit({ key: "a" });
  now += 300;
  const [second, third] = [group.submit({ key: "b" }), group.submit({ key: "c" })];
  now += 200;
  expect(group.oldestMs()).toBe(500);
  // The second batch is committed, but the unanswered first one delays its release.
  batch(1).end();
  await Promise.resolve();
  expect(group.oldestMs()).toBe(500);
  batch(0).end(new Error("no answer"));
  await expect(first).rejects.toThrow("no answer");
  await second;
  expect(group.oldestMs()).toBe(200);
  await expect.poll(() => group.depth()).toBe(1);
  batch(2).end();
  await third;
  expect(group.oldestMs()).toBe(0);
});

test("a late failure releases the batches behind it in order", async () => {
  const { group, batches, batch } = scripted({ maxInFlight: 2, maxBatch: 1 });
  const ended: string[] = [];
  const all = ["a", "b", "c", "d"].map((key) =>
    group.submit({ key }).then(
      () => ended.push(key),
      () => ended.push(`${key} failed`),
    ),
  );
  batch(1).end();
  await new Promise((resolve) => setImmediate(resolve));
  expect([batches.length, ended]).toEqual([2, []]);
  batch(0).end(new Error("no answer"));
  await expect.poll(() => batches.length).toBe(4);
  batch(3).end();
  batch(2).end();
  await Promise.all(all);
  expect(ended).toEqual(["a failed", "b", "c", "d"]);
});
