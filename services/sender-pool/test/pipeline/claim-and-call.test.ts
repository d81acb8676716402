import { DeliveryError } from "@mio/channel-kit";
import { SendCommand_Stage as Stage } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { createLeases } from "../../src/delivery/leases.ts";
import { next } from "../../src/job/delivery-job.ts";
import type { DeliveryRecords } from "../../src/job/records.ts";
import type { TurnRequest } from "../../src/rates/governor.ts";
import { benchPlatform, deliveryBench } from "../delivery-bench.ts";
import { aPreparedJob, lastSteps } from "../last-steps.ts";

type Deps = ReturnType<typeof deliveryBench>["deps"];

function aPool(change: (bench: ReturnType<typeof deliveryBench>) => Partial<Deps> = () => ({})) {
  const bench = deliveryBench();
  const deps = { ...bench.deps, ...change(bench) };
  const platform = benchPlatform();
  const job = aPreparedJob(bench, platform);
  return { ...bench, deps, platform, job, run: () => lastSteps.try(job, deps) };
}

/** The same records, but for what a test makes of some. */
const withRecords = (records: DeliveryRecords, changed: Partial<DeliveryRecords>): DeliveryRecords => ({
  ...records,
  ...changed,
});

it("claims, calls once, and records the end before it returns it", async () => {
  const { run, records, job, platform } = aPool();
  expect(await run()).toMatchObject({ kind: "ended", end: { state: "sent", externalIds: ["x"] } });
  expect(platform.calls).toHaveLength(1);
  expect(records.look(job.command.accountId, job.command.id)).toMatchObject({ state: "sent" });
});

it("makes no call during a pause that began while it waited for a slot", async () => {
  const place = Promise.withResolvers<void>();
  let isPaused = false;
  let givenBack = 0;
  const giveBack = async (): Promise<void> => {
    givenBack += 1;
  };
  const { run, records, job, platform } = aPool(({ deps }) => ({
    governor: { ...deps.governor, isPaused: () => isPaused, giveBack },
    workers: {
      ...deps.workers,
      tryAcquire: () => undefined,
      acquire: async (...caller) => {
        await place.promise;
        return await deps.workers.acquire(...caller);
      },
    },
  }));
  job.hasTurn = true;
  const step = run();
  isPaused = true;
  place.resolve();
  expect(await step).toEqual({ kind: "again", afterMs: 0 });
  expect([platform.calls.length, job.hasTurn]).toEqual([0, false]);
  // The turn that it had while it waited for the place.
  expect(givenBack).toBe(1);
  expect(records.look(job.command.accountId, job.command.id)).toBeUndefined();
  isPaused = false;
  expect(await run()).toMatchObject({ kind: "ended" });
});

it("keeps its rank and its age when it asks for a turn with a slot", async () => {
  const asked: TurnRequest[] = [];
  const turnNow = async (request: TurnRequest): Promise<boolean> => {
    asked.push(request);
    return false;
  };
  const { run, job, clock, limit } = aPool(({ deps }) => ({ governor: { ...deps.governor, turnNow } }));
  job.command.stage = Stage.PARTIAL;
  const askedAt = clock.now().getTime();
  expect(await run()).toEqual({ kind: "again", afterMs: 0 });
  await clock.advance(5_000);
  expect(await run()).toEqual({ kind: "again", afterMs: 0 });
  const request = { limit, rank: "beginning", askedAt };
  expect(asked).toEqual([request, request]);
});

it("releases a free slot when there is no turn, for others to use in the meantime", async () => {
  const taken = new Set<Disposable>();
  let hasTurn = false;
  const { run, platform, job } = aPool(({ deps }) => ({
    governor: { ...deps.governor, turnNow: async () => hasTurn },
    workers: {
      ...deps.workers,
      tryAcquire: () => {
        const place = { ended: () => {}, [Symbol.dispose]: () => void taken.delete(place) };
        taken.add(place);
        return place;
      },
    },
  }));
  expect(await run()).toEqual({ kind: "again", afterMs: 0 });
  expect([taken.size, platform.calls.length, job.hasTurn]).toEqual([0, 0, false]);
  hasTurn = true;
  expect(await run()).toMatchObject({ kind: "ended" });
  expect([taken.size, platform.calls.length]).toEqual([0, 1]);
});

it.each(["a claim", "a take-over"])("claims again when the process was paused during %s", async (what) => {
  let standsStill = true;
  const { run, platform, job, records } = aPool(({ records: plain, clock }) => {
    const standStill = async (): Promise<void> => {
      if (standsStill) await clock.advance(6_000);
    };
    const records = withRecords(plain, {
      claim: async (claim) => {
        const claimed = await plain.claim(claim);
        if (what === "a claim") await standStill();
        return claimed;
      },
      takeOver: async (...attempt) => {
        const taken = await plain.takeOver(...attempt);
        if (what === "a take-over") await standStill();
        return taken;
      },
    });
    return { records };
  });
  if (what === "a take-over") {
    await records.claim({ ...job.command, commandId: job.command.id, owner: "process/0", operation: "send" });
    platform.reconcile = async () => ({ kind: "absent" });
  }
  expect(await run()).toEqual({ kind: "again", afterMs: 0 });
  expect(platform.calls).toHaveLength(0);
  standsStill = false;
  expect(await run()).toMatchObject({ kind: "ended", end: { state: "sent" } });
  expect(platform.calls).toHaveLength(1);
});

it("keeps its lease and its slot until the end is on record", async () => {
  const order: string[] = [];
  const { run } = aPool(({ deps, leases, records: plain }) => ({
    records: withRecords(plain, {
      end: async (...end) => {
        await Promise.resolve();
        order.push("on record");
        return await plain.end(...end);
      },
    }),
    leases: {
      ...leases,
      hold: (...attempt) => {
        const lease = leases.hold(...attempt);
        const letGo = () => {
          order.push("lease over");
          lease[Symbol.dispose]();
        };
        return { ...lease, [Symbol.dispose]: letGo };
      },
    },
    workers: {
      ...deps.workers,
      tryAcquire: () => ({ ended: () => {}, [Symbol.dispose]: () => void order.push("slot free") }),
    },
  }));
  await run();
  expect(order).toEqual(["on record", "lease over", "slot free"]);
});

it("aborts the call when heartbeats hang, before others may take over", async () => {
  const { run, platform, clock } = aPool(({ deps, clock: time }) => ({
    policy: { ...deps.policy, callTimeoutMs: 60_000 },
    leases: createLeases({
      records: { beat: () => new Promise(() => {}) },
      clock: time,
      monotonicMs: () => time.now().getTime(),
      logger: deps.logger,
      leaseMs: 12_000,
    }),
  }));
  platform.answer = () => new Promise(() => {});
  void run();
  await clock.advance(5_999);
  expect(platform.calls[0]?.aborted).toBe(false);
  await clock.advance(1);
  expect(platform.calls[0]?.aborted).toBe(true);
});

describe("an open attempt", () => {
  const open = async (pool: ReturnType<typeof aPool>): Promise<void> => {
    const { records, job } = pool;
    const { command } = job;
    await records.claim({ ...command, commandId: command.id, owner: "process/0", operation: "send" });
  };

  it("of a process with recent heartbeats is waited for", async () => {
    const pool = aPool();
    const { command } = pool.job;
    await pool.records.claim({ ...command, commandId: command.id, owner: "other/1", operation: "send" });
    expect(await pool.run()).toEqual({ kind: "again", afterMs: 12_000 });
    expect(pool.platform.calls).toHaveLength(0);
  });

  it("is found on the platform, and not called again", async () => {
    const pool = aPool();
    await open(pool);
    pool.platform.reconcile = async () => ({ kind: "found", sent: { externalIds: ["found"] } });
    expect(await pool.run()).toMatchObject({ end: { state: "sent", externalIds: ["found"], attempts: 1 } });
    expect(pool.platform.calls).toHaveLength(0);
  });

  it("is reported as unknown if the platform cannot look it up", async () => {
    const pool = aPool();
    await open(pool);
    expect(await pool.run()).toMatchObject({ end: { state: "unknown", reason: "unknown_send" } });
    expect(pool.platform.calls).toHaveLength(0);
  });

  it("reports what it made when it was the last allowed call", async () => {
    const pool = aPool();
    await open(pool);
    pool.job.failures = 3;
    pool.platform.reconcile = async () => ({ kind: "partial", sent: { externalIds: ["one", "two"] } });
    expect(await pool.run()).toMatchObject({
      end: { state: "failed", reason: "exhausted", externalIds: ["one", "two"] },
    });
    const { accountId, id } = pool.job.command;
    expect(pool.records.look(accountId, id)).toMatchObject({ externalIds: ["one", "two"] });
    expect(pool.platform.calls).toHaveLength(0);
  });

  it("that had fallen back to a post goes on as a post", async () => {
    const pool = aPool();
    await open(pool);
    const delivery = { ...pool.job.delivery, operation: "edit", repeatable: true } as const;
    const { job } = next(pool.job, { delivery });
    expect(await lastSteps.try(job, pool.deps)).toEqual({ kind: "again", afterMs: 0 });
    expect([pool.job.isFallback, pool.platform.calls.length]).toEqual([true, 0]);
  });

  it("after the last allowed call is looked for, and not repeated", async () => {
    const pool = aPool();
    await open(pool);
    pool.job.failures = 3;
    pool.platform.reconcile = async () => ({ kind: "later", afterMs: 10 });
    expect(await pool.run()).toEqual({ kind: "again", afterMs: 250 });
    pool.platform.reconcile = async () => ({ kind: "absent" });
    expect(await pool.run()).toMatchObject({
      end: { state: "failed", reason: "exhausted", attempts: 1, error: { code: "delivery.exhausted" } },
    });
    expect(pool.platform.calls).toHaveLength(0);
    const { accountId, id } = pool.job.command;
    expect(pool.records.look(accountId, id)).toMatchObject({ state: "dead" });
  });
});

it("reports what the last allowed call made, when its answer was lost", async () => {
  const { run, platform, job } = aPool();
  platform.answer = async () => {
    throw new DeliveryError({ kind: "unknown", reason: "timeout", message: "no answer" });
  };
  platform.reconcile = async () => ({ kind: "absent" });
  for (let attempt = 1; attempt <= 3; attempt += 1) expect(await run()).toMatchObject({ kind: "again" });
  expect([platform.calls.length, job.failures]).toEqual([3, 3]);
  platform.reconcile = async () => ({ kind: "found", sent: { externalIds: ["late"] } });
  expect(await run()).toMatchObject({ end: { state: "sent", externalIds: ["late"] } });
  expect(platform.calls).toHaveLength(3);
});

it("records the end of a throttled call although the pace cannot be shared", async () => {
  const { run, records, job, platform } = aPool(({ deps }) => ({
    governor: { ...deps.governor, throttled: () => Promise.reject(new Error("no database")) },
  }));
  platform.answer = async () => {
    throw new DeliveryError({
      kind: "throttled",
      reason: "throttled",
      message: "slower",
      retryAfterMs: 1_000,
    });
  };
  expect(await run()).toMatchObject({ kind: "again" });
  expect(records.look(job.command.accountId, job.command.id)).toMatchObject({ state: "waiting" });
});

it("watches an unfinished answer before its end is on record, so that no crash leaves it unwatched", async () => {
  const seen: (string | undefined)[] = [];
  const { run, records, job } = aPool(({ deps, records: all }) => ({
    interim: {
      ...deps.interim,
      arm: async ({ accountId, id }) => {
        await Promise.resolve();
        seen.push(all.look(accountId, id)?.state);
      },
    },
  }));
  job.command.stage = Stage.PARTIAL;
  expect(await run()).toMatchObject({ kind: "ended" });
  expect(seen).toEqual(["sending"]);
  expect(records.look(job.command.accountId, job.command.id)).toMatchObject({ state: "sent" });
});
