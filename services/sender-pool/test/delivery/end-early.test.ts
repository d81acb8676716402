import { MioError } from "@mio/failure";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { recordEnd } from "../../src/delivery/attempt.ts";
import { endWithoutCall, exhaust, giveUp, hold, suppress } from "../../src/delivery/end-early.ts";
import { sent } from "../../src/job/delivery-job.ts";
import { deliveryBench } from "../delivery-bench.ts";

const error = new MioError("delivery.refused", "no", { details: { reason: "forbidden" } });
const again = { kind: "again", afterMs: 1_000 };

function aPool() {
  const bench = deliveryBench();
  const job = bench.aJob(aCommand());
  const { accountId, id: commandId } = job.command;
  const claim = (owner = job.owner) =>
    bench.records.claim({ ...job.command, commandId, owner, operation: "send" });
  const takeOver = () => bench.records.takeOver({ accountId, commandId, owner: "other/1", attempt: 1 }, []);
  const state = () => bench.records.look(accountId, commandId)?.state;
  return { ...bench, job, claim, takeOver, state };
}

const end = {
  attempt: 1,
  record: { state: "sent", externalIds: ["x"] },
  outcome: sent(1, ["x"]),
} as const;

it("returns the outcome of an attempt that still belongs to the job", async () => {
  const { deps, claim, job, state } = aPool();
  await claim();
  expect(await recordEnd(job, end, deps)).toEqual(end.outcome);
  expect(state()).toBe("sent");
});

it("starts over when the attempt was fenced out", async () => {
  const { deps, claim, takeOver, job, state } = aPool();
  await claim();
  await takeOver();
  expect(await recordEnd(job, end, deps)).toEqual(again);
  expect(state()).toBe("sending");
});

it("leaves the record unchanged for an outcome without one", async () => {
  const { deps, claim, job, state } = aPool();
  await claim();
  expect(await recordEnd(job, { ...end, record: undefined }, deps)).toEqual(end.outcome);
  expect(state()).toBe("sending");
});

it("waits for an unavailable database, then returns the outcome", async () => {
  const { claim, job, clock, deps, records } = aPool();
  await claim();
  let tries = 0;
  const failing: typeof records = {
    ...records,
    end: async (...attempt) => {
      tries += 1;
      if (tries < 50) throw new Error("Connection terminated unexpectedly");
      return await records.end(...attempt);
    },
  };
  const step = recordEnd(job, end, { ...deps, records: failing });
  await clock.advance(60_000);
  expect(await step).toEqual(end.outcome);
});

it("gives up, on record, a command that was not called", async () => {
  const { deps, job, state } = aPool();
  expect(await giveUp(job, error, deps)).toMatchObject({
    end: { state: "failed", reason: "forbidden", attempts: 0 },
  });
  expect(state()).toBe("dead");
});

it("reports a command as unknown that may have been called, instead of giving it up", async () => {
  const { deps, claim, job, state } = aPool();
  await claim("process/0");
  expect(await giveUp(job, error, deps)).toMatchObject({
    end: { state: "unknown", reason: "unknown_send", attempts: 1 },
  });
  expect(state()).toBe("unknown");
});

it("waits for a command that another process may be calling", async () => {
  const { deps, claim, job, state } = aPool();
  await claim("other/1");
  expect(await giveUp(job, error, deps)).toEqual({ kind: "again", afterMs: 12_000 });
  expect(state()).toBe("sending");
});

const open = {
  kind: "open",
  attempt: 1,
  alreadySent: ["x"],
  startedAt: new Date(),
  operation: "send",
} as const;

const ends = { hold, exhaust } as const;

it.each(["hold", "exhaust"] as const)(
  "does not %s an attempt that another process has taken over",
  async (what) => {
    const { deps, claim, takeOver, job, state } = aPool();
    await claim("process/0");
    await takeOver();
    expect(await ends[what](job, open, deps)).toEqual(again);
    expect(state()).toBe("sending");
  },
);

it("keeps the known ids of an exhausted attempt", async () => {
  const { deps, claim, job, records } = aPool();
  await claim("process/0");
  job.failures = 3;
  expect(await exhaust(job, open, deps)).toMatchObject({
    end: { state: "failed", externalIds: ["x"], attempts: 1, reason: "exhausted" },
  });
  const { accountId, id } = job.command;
  expect(records.look(accountId, id)).toMatchObject({ state: "dead", externalIds: ["x"] });
});

it("keeps the known ids of an attempt that it reports as unknown, on record and in the outcome", async () => {
  const { deps, claim, job, records } = aPool();
  await claim("process/0");
  expect(await hold(job, open, deps)).toMatchObject({
    end: { state: "unknown", externalIds: ["x"], attempts: 1, reason: "unknown_send" },
  });
  const { accountId, id } = job.command;
  expect(records.look(accountId, id)).toMatchObject({ state: "unknown", externalIds: ["x"] });
});

it("keeps the known ids of earlier attempts when it gives up", async () => {
  const { deps, claim, job, records } = aPool();
  await claim();
  const { accountId, id } = job.command;
  const waiting = { state: "waiting", externalIds: ["x"], code: "c", reason: "r" } as const;
  await recordEnd(job, { attempt: 1, record: waiting, outcome: sent(1, []) }, deps);
  expect(await giveUp(job, error, deps)).toMatchObject({
    end: { state: "failed", externalIds: ["x"], attempts: 1 },
  });
  expect(records.look(accountId, id)).toMatchObject({ state: "dead", externalIds: ["x"] });
});

it("ends a command that needs no call, unless another process has it", async () => {
  const mine = aPool();
  expect(await endWithoutCall(mine.job, mine.deps)).toMatchObject({ end: { state: "sent", attempts: 0 } });
  expect(mine.state()).toBe("sent");
  const interrupted = aPool();
  await interrupted.claim("process/0");
  expect(await endWithoutCall(interrupted.job, interrupted.deps)).toMatchObject({ end: { state: "sent" } });
  const other = aPool();
  await other.claim("other/1");
  expect(await endWithoutCall(other.job, other.deps)).toMatchObject({ kind: "again" });
});

it("leaves out only a command that has not begun", async () => {
  const fresh = aPool();
  expect(await suppress(fresh.job, { reason: "superseded" }, fresh.deps)).toMatchObject({
    end: { state: "suppressed", reason: "superseded" },
  });
  const begun = aPool();
  await begun.claim("other/1");
  expect(await suppress(begun.job, { reason: "superseded" }, begun.deps)).toBeUndefined();
});
