import { describe, expect, it } from "vitest";
import { type Bucket, fullBucket, isSlow, slowed, takeTokens } from "./buckets.ts";

const now = 1_000_000;
const take = (bucket: Bucket, at: number, wanted = 1_000) => takeTokens(bucket, 10, { wanted, now: at });

function taken(bucket: Bucket, at: number, wanted?: number): Bucket {
  const result = take(bucket, at, wanted);
  if (result.kind !== "taken") throw new Error(`has to wait ${result.ms} ms`);
  return result.bucket;
}

describe("a bucket", () => {
  it("holds one second's worth, and one call at least", () => {
    expect(take(fullBucket(10, now), now)).toMatchObject({ kind: "taken", count: 10 });
    expect(takeTokens(fullBucket(0.1, now), 0.1, { wanted: 5, now })).toMatchObject({ count: 1 });
    const rested = { ...fullBucket(10, now), at: now - 60_000 };
    expect(take(rested, now)).toMatchObject({ count: 10 });
  });

  it("gives no more than is wanted and keeps the rest", () => {
    const left = taken(fullBucket(10, now), now, 7);
    expect(left.tokens).toBe(3);
    expect(take(left, now)).toMatchObject({ kind: "taken", count: 3 });
  });

  it("returns the time until the next call, in whole ms", () => {
    const empty = taken(fullBucket(10, now), now);
    expect(take(empty, now)).toEqual({ kind: "wait", ms: 100 });
    expect(take(empty, now + 50)).toEqual({ kind: "wait", ms: 50 });
    expect(take(empty, now + 100)).toMatchObject({ kind: "taken", count: 1 });
    expect(takeTokens(taken(fullBucket(3, now), now, 3), 3, { wanted: 1, now })).toEqual({
      kind: "wait",
      ms: 334,
    });
  });

  it("refills by its rate while it is looked at at odd times", () => {
    let bucket = taken(fullBucket(10, now), now);
    let count = 0;
    for (let ms = 7; ms <= 2_000; ms += 7) {
      const result = take(bucket, now + ms);
      if (result.kind === "wait") continue;
      count += result.count;
      bucket = result.bucket;
    }
    expect(count).toBe(19);
  });

  it("is not refilled twice for a time that another process took for later", () => {
    const ahead = taken(fullBucket(10, now), now + 500);
    const result = take(ahead, now + 400);
    expect(result).toEqual({ kind: "wait", ms: 100 });
    expect(take(ahead, now + 550)).toEqual({ kind: "wait", ms: 50 });
  });

  it("keeps the later time when it is taken from at an earlier one", () => {
    const left = taken(taken(fullBucket(10, now), now + 500, 9), now + 400, 1);
    expect(take(left, now + 500)).toEqual({ kind: "wait", ms: 100 });
  });

  it("waits for full intervals once it has recovered", () => {
    const slow = slowed(fullBucket(0.1, now), 0.1, { afterMs: undefined, now });
    const recovered = slow.pausedUntil + 200_000;
    const first = takeTokens(slow, 0.1, { wanted: 1, now: recovered });
    if (first.kind !== "taken") throw new Error("it is full");
    expect(takeTokens(first.bucket, 0.1, { wanted: 1, now: recovered })).toEqual({
      kind: "wait",
      ms: 10_000,
    });
  });

  it("goes on within its burst after the clock was set back by an hour", () => {
    const ahead = taken({ ...fullBucket(10, now + 3_600_000), tokens: 10 }, now + 3_600_000, 9);
    const first = taken(ahead, now);
    expect(first.at).toBeLessThanOrEqual(now + 1_000);
    expect(take(first, now + 2_000)).toMatchObject({ kind: "taken" });
  });

  it("waits for the longest pause that was asked for, and to the millisecond", () => {
    const paused = slowed(fullBucket(10, now), 10, { afterMs: 7_000, now });
    const shorter = slowed(paused, 10, { afterMs: 1_000, now: now + 1_000 });
    expect(take(shorter, now + 1_000)).toEqual({ kind: "wait", ms: 6_000 });
    expect(take(shorter, now + 6_999)).toEqual({ kind: "wait", ms: 1 });
    expect(take(shorter, now + 7_000)).toMatchObject({ kind: "taken", count: 10 });
    expect(isSlow(shorter, now)).toBe(false);
  });

  it("looks again within a second while it recovers, and is slow for two minutes", () => {
    const slow = slowed(fullBucket(0.1, now), 0.1, { afterMs: undefined, now });
    const from = slow.pausedUntil;
    const probed = takeTokens(slow, 0.1, { wanted: 1, now: from });
    if (probed.kind !== "taken") throw new Error("one call goes out after the pause");
    expect(takeTokens(probed.bucket, 0.1, { wanted: 1, now: from })).toEqual({ kind: "wait", ms: 1_000 });
    expect([isSlow(slow, from + 119_999), isSlow(slow, from + 120_000)]).toEqual([true, false]);
  });

  it("learns once from calls that were under way together", () => {
    const once = slowed(fullBucket(10, now), 10, { afterMs: undefined, now });
    expect(slowed(once, 10, { afterMs: undefined, now: once.pausedUntil - 1 })).toBe(once);
    const twice = slowed(once, 10, { afterMs: undefined, now: once.pausedUntil });
    expect(twice.slowdown?.perSecond).toBe(2.5);
  });
});
