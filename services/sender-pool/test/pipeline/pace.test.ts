import type { Sent } from "@mio/channel-kit";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { createGovernor } from "../../src/rates/governor.ts";
import { createWorkers } from "../../src/rates/workers.ts";
import { benchPlatform, deliveryBench } from "../delivery-bench.ts";
import { aPreparedJob, lastSteps } from "../last-steps.ts";
import { createMemoryBuckets } from "../simulation/memory-buckets.ts";

const commands = 60;
const limit = { key: "account", perSecond: 5 };
const { accountId, channelType: host } = aCommand();
const caller = { accountId, host };

/** Commands of one account at its rate, while its platform gives no answer; `calls` are the times of the calls. */
async function anOutage() {
  const bench = deliveryBench();
  const { clock } = bench;
  const governor = createGovernor(clock, createMemoryBuckets(clock));
  const workers = createWorkers({ total: 1_000, perHost: 1_000, perAccount: 32 });
  const deps = { ...bench.deps, governor, workers };
  const calls: number[] = [];
  const platform = benchPlatform();
  platform.answer = async (): Promise<Sent> => {
    calls.push(clock.now().getTime());
    return { externalIds: [`x${calls.length}`] };
  };
  for (let silent = 0; silent < 3; silent += 1) {
    using slot = await workers.acquire(caller, new AbortController().signal);
    slot.ended("silent");
  }
  const probe = await workers.acquire(caller, new AbortController().signal);
  const end = (): void => {
    probe.ended("answered");
    probe[Symbol.dispose]();
  };

  const carryOut = async (): Promise<void> => {
    const job = aPreparedJob({ ...bench, limit }, platform, aCommand({ accountId }));
    const askedAt = clock.now().getTime();
    for (;;) {
      if (!job.hasTurn) await governor.turn({ limit, rank: "answer", askedAt }, job.signal);
      job.hasTurn = true;
      const step = await lastSteps.try(job, deps);
      if (step.kind === "ended") return;
    }
  };
  const ended = Promise.all(Array.from({ length: commands }, carryOut));
  return { clock, workers, calls, end, ended };
}

it("keeps an account's rate when its platform answers again after an outage", async () => {
  const { clock, workers, calls, end, ended } = await anOutage();
  await clock.advance(30_000);
  expect([calls.length, workers.silent.accounts]).toEqual([0, 1]);
  end();
  await clock.advance(30_000);
  await ended;
  expect(calls).toHaveLength(commands);
  // One second's worth at once, then the rate.
  for (const start of calls) {
    expect(calls.filter((at) => at >= start && at < start + 1_000).length).toBeLessThanOrEqual(10);
  }
  expect((calls.at(-1) ?? 0) - (calls[0] ?? 0)).toBeLessThanOrEqual(12_000);
});
