import { createLogger } from "@mio/service-kit";
import type { DeliveryAttempt } from "@mio/store";
import { expect, it } from "vitest";
import { createLeases } from "../../src/delivery/leases.ts";
import { manualClock } from "../manual-clock.ts";

const logger = createLogger({ service: "test", level: "silent" });
const attempt = { accountId: "account", commandId: "command", owner: "owner", attempt: 1 };
const leaseMs = 1_200;

type Beat = (attempts: readonly DeliveryAttempt[]) => Promise<ReadonlySet<string>>;
const renewed: Beat = async (attempts) => new Set(attempts.map(({ owner }) => owner));

function aPool(answer: Beat = renewed) {
  const clock = manualClock();
  const beats: string[][] = [];
  const sleeping = { now: 0 };
  const counted = {
    sleep: async (ms: number, signal?: AbortSignal) => {
      sleeping.now += 1;
      await clock.sleep(ms, signal).finally(() => {
        sleeping.now -= 1;
      });
    },
  };
  const beat: Beat = (attempts) => {
    beats.push(attempts.map(({ owner }) => owner));
    return answer(attempts);
  };
  const stood = { forMs: 0 };
  const monotonicMs = (): number => clock.now().getTime() + stood.forMs;
  const leases = createLeases({ records: { beat }, clock: counted, monotonicMs, logger, leaseMs });
  return { clock, stood, beats, leases, sleeping, hold: (one = attempt) => leases.hold(one, leases.now()) };
}

it("sends six heartbeats per lease while an attempt is held", async () => {
  const { clock, beats, hold } = aPool();
  const lease = hold();
  await clock.advance(leaseMs);
  expect(beats).toHaveLength(6);
  lease[Symbol.dispose]();
  await clock.advance(leaseMs);
  expect(beats).toHaveLength(6);
  using _next = hold();
  await clock.advance(leaseMs / 2);
  expect(beats).toHaveLength(9);
});

it("has no timer once no lease is held, so that a process can end", async () => {
  const { clock, hold, sleeping } = aPool();
  const [one, other] = [hold(), hold({ ...attempt, owner: "other" })];
  one[Symbol.dispose]();
  await clock.advance(0);
  expect(sleeping.now).toBeGreaterThan(0);
  other[Symbol.dispose]();
  await clock.advance(0);
  expect(sleeping.now).toBe(0);
});

it("keeps a renewed lease for as long as it takes", async () => {
  const { clock, hold } = aPool();
  using lease = hold();
  await clock.advance(10 * leaseMs);
  expect(lease.lost.aborted).toBe(false);
});

it.each([
  ["fail", () => Promise.reject(new Error("no database"))],
  ["hang", () => new Promise<never>(() => {})],
] as const)("is lost after half a lease when heartbeats %s", async (_how, answer) => {
  const { clock, hold } = aPool(answer);
  using lease = hold();
  await clock.advance(leaseMs / 2 - 1);
  expect(lease.lost.aborted).toBe(false);
  await clock.advance(1);
  expect(lease.lost.aborted).toBe(true);
});

it("is not blocked by one heartbeat that hangs, and sends at most two at once", async () => {
  let asked = 0;
  const answer: Beat = (attempts) => {
    asked += 1;
    return asked === 1 ? new Promise(() => {}) : renewed(attempts);
  };
  const { clock, hold } = aPool(answer);
  using lease = hold();
  await clock.advance(5 * leaseMs);
  expect(lease.lost.aborted).toBe(false);
  const stuck = aPool(() => new Promise(() => {}));
  using _held = stuck.hold();
  await stuck.clock.advance(5 * leaseMs);
  expect(stuck.beats).toHaveLength(2);
});

it("counts from before the claim, and does not outlive a claim that took too long", async () => {
  const { clock, leases, hold } = aPool(() => Promise.reject(new Error("no database")));
  const since = leases.now();
  await clock.advance(leaseMs / 2 - 100);
  expect(leases.isLate(since)).toBe(false);
  using _later = hold();
  using lease = leases.hold(attempt, since);
  await clock.advance(99);
  expect(lease.lost.aborted).toBe(false);
  await clock.advance(1);
  expect(lease.lost.aborted).toBe(true);
  expect(leases.isLate(since)).toBe(true);
  using late = leases.hold(attempt, since);
  expect(late.lost.aborted).toBe(true);
});

it("is lost at once when another process has the attempt, and is not renewed again", async () => {
  const { clock, beats, hold } = aPool(async () => new Set(["mine"]));
  using mine = hold({ ...attempt, owner: "mine" });
  using taken = hold({ ...attempt, owner: "taken" });
  await clock.advance(leaseMs / 6);
  expect([mine.lost.aborted, taken.lost.aborted]).toEqual([false, true]);
  await clock.advance(leaseMs / 6);
  expect(beats).toEqual([["mine", "taken"], ["mine"]]);
});

it("is not restored by a heartbeat that was confirmed too late", async () => {
  const answers: (() => void)[] = [];
  const answer: Beat = async (attempts) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return await renewed(attempts);
  };
  const { clock, hold } = aPool(answer);
  using lease = hold();
  await clock.advance(leaseMs / 2);
  for (const confirm of answers) confirm();
  await clock.advance(leaseMs / 2);
  expect(lease.lost.aborted).toBe(true);
});

it("is not restored by a heartbeat that a paused process reads before its timer", async () => {
  const answered = Promise.withResolvers<void>();
  const clock = manualClock();
  let stoodStillMs = 0;
  const beat: Beat = async (attempts) => {
    await answered.promise;
    return await renewed(attempts);
  };
  const monotonicMs = (): number => clock.now().getTime() + stoodStillMs;
  const leases = createLeases({ records: { beat }, clock, monotonicMs, logger, leaseMs });
  using lease = leases.hold(attempt, leases.now());
  await clock.advance(leaseMs / 6);
  stoodStillMs = leaseMs;
  answered.resolve();
  await clock.advance(0);
  expect(lease.lost.aborted).toBe(true);
});

it("counts a heartbeat from when it was sent, even if its answer is late", async () => {
  const late = Promise.withResolvers<void>();
  const answers = [late.promise];
  const { clock, hold } = aPool(async (attempts) => {
    // Those after the first hang.
    await (answers.shift() ?? new Promise<never>(() => {}));
    return await renewed(attempts);
  });
  using lease = hold();
  const askedAt = leaseMs / 6;
  await clock.advance(askedAt + 300);
  late.resolve();
  await clock.advance(leaseMs / 2 - 300 - 1);
  expect(lease.lost.aborted).toBe(false);
  await clock.advance(1);
  expect(lease.lost.aborted).toBe(true);
});

it("costs the same to hold, however many are held", async () => {
  const clock = manualClock();
  const reads = { now: 0 };
  const monotonicMs = (): number => {
    reads.now += 1;
    return clock.now().getTime();
  };
  const leases = createLeases({ records: { beat: renewed }, clock, monotonicMs, logger, leaseMs });
  using held = new DisposableStack();
  const readsPerHold: number[] = [];
  for (let count = 0; count < 100; count += 1) {
    const since = leases.now();
    const before = reads.now;
    held.use(leases.hold({ ...attempt, owner: String(count) }, since));
    readsPerHold.push(reads.now - before);
  }
  expect(readsPerHold.at(-1)).toBe(readsPerHold[1]);
});

it("is no longer held by a paused process, before any timer fires", async () => {
  const { clock, stood, hold } = aPool();
  using lease = hold();
  await clock.advance(leaseMs / 6);
  stood.forMs = leaseMs / 2 - 1;
  expect(lease.isHeld()).toBe(true);
  stood.forMs = leaseMs / 2;
  expect(lease.isHeld()).toBe(false);
  expect(lease.lost.aborted).toBe(false);
});

it("is no longer held once it is lost", async () => {
  const { clock, hold } = aPool(async () => new Set());
  using lease = hold();
  expect(lease.isHeld()).toBe(true);
  await clock.advance(leaseMs / 6);
  expect(lease.isHeld()).toBe(false);
});
