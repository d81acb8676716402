import { MioError } from "@mio/failure";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { createCloseDelivery } from "../../src/delivery/end-attempt.ts";
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
  return { ...bench, job, claim, takeOver, state, close: createCloseDelivery(bench.deps) };
}

const end = { record: { state: "sent", externalIds: ["x"] }, step: sent(1, ["x"]) } as const;

it("tells the end of an attempt that is still its own", async () => {
  const { close, claim, job, state } = aPool();
  await claim();
  expect(await close.record(job, 1, end)).toEqual(end.step);
  expect(state()).toBe("sent");
});

it("tells no end of an attempt that was fenced out: another one tells", async () => {
  const { close, claim, takeOver, job, state } = aPool();
  await claim();
  await takeOver();
  expect(await close.record(job, 1, end)).toEqual(again);
  expect(state()).toBe("sending");
});

it("leaves the record alone where nothing is to be put there", async () => {
  const { close, claim, job, state } = aPool();
  await claim();
  expect(await close.record(job, 1, { record: undefined, step: end.step })).toEqual(end.step);
  expect(state()).toBe("sending");
});

it("waits for a database that is away, and then tells", async () => {
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
  const step = createCloseDelivery({ ...deps, records: failing }).record(job, 1, end);
  await clock.advance(60_000);
  expect(await step).toEqual(end.step);
});

it("gives up what was not called, on record", async () => {
  const { close, job, state } = aPool();
  expect(await close.giveUp(job, error)).toMatchObject({
    end: { state: "failed", reason: "forbidden", attempts: 0 },
  });
  expect(state()).toBe("dead");
});

it("does not give up what may have been called: it is held", async () => {
  const { close, claim, job, state } = aPool();
  await claim("process/0");
  expect(await close.giveUp(job, error)).toMatchObject({
    end: { state: "unknown", reason: "unknown_send", attempts: 1 },
  });
  expect(state()).toBe("unknown");
});

it("gives up nothing that another process may be calling", async () => {
  const { close, claim, job, state } = aPool();
  await claim("other/1");
  expect(await close.giveUp(job, error)).toEqual({ kind: "again", afterMs: 12_000 });
  expect(state()).toBe("sending");
});

const open = {
  kind: "open",
  attempt: 1,
  alreadySent: ["x"],
  startedAt: new Date(),
  operation: "send",
} as const;

it.each(["hold", "exhaust"] as const)(
  "%ss no attempt that another process has taken over meanwhile",
  async (what) => {
    const { close, claim, takeOver, job, state } = aPool();
    await claim("process/0");
    await takeOver();
    expect(await close[what](job, open)).toEqual(again);
    expect(state()).toBe("sending");
  },
);

it("keeps what an attempt is known to have made when it is exhausted", async () => {
  const { close, claim, job, records } = aPool();
  await claim("process/0");
  job.failures = 3;
  expect(await close.exhaust(job, open)).toMatchObject({
    end: { state: "failed", externalIds: ["x"], attempts: 1, reason: "exhausted" },
  });
  const { accountId, id } = job.command;
  expect(records.look(accountId, id)).toMatchObject({ state: "dead", externalIds: ["x"] });
});

it("keeps what an attempt is known to have made when it is held, on record and in what it tells", async () => {
  const { close, claim, job, records } = aPool();
  await claim("process/0");
  expect(await close.hold(job, open)).toMatchObject({
    end: { state: "unknown", externalIds: ["x"], attempts: 1, reason: "unknown_send" },
  });
  const { accountId, id } = job.command;
  expect(records.look(accountId, id)).toMatchObject({ state: "unknown", externalIds: ["x"] });
});

it("keeps what earlier attempts are known to have made when it gives up", async () => {
  const { close, claim, job, records } = aPool();
  await claim();
  const { accountId, id } = job.command;
  const waiting = { state: "waiting", externalIds: ["x"], code: "c", reason: "r" } as const;
  await close.record(job, 1, { record: waiting, step: sent(1, []) });
  expect(await close.giveUp(job, error)).toMatchObject({
    end: { state: "failed", externalIds: ["x"], attempts: 1 },
  });
  expect(records.look(accountId, id)).toMatchObject({ state: "dead", externalIds: ["x"] });
});

it("ends without a call what needs none, and not for another process", async () => {
  const mine = aPool();
  expect(await mine.close.done(mine.job)).toMatchObject({ end: { state: "sent", attempts: 0 } });
  expect(mine.state()).toBe("sent");
  const interrupted = aPool();
  await interrupted.claim("process/0");
  expect(await interrupted.close.done(interrupted.job)).toMatchObject({ end: { state: "sent" } });
  const other = aPool();
  await other.claim("other/1");
  expect(await other.close.done(other.job)).toMatchObject({ kind: "again" });
});

it("leaves out only what was not begun", async () => {
  const fresh = aPool();
  expect(await fresh.close.suppress(fresh.job, "superseded")).toMatchObject({
    end: { state: "suppressed", reason: "superseded" },
  });
  const begun = aPool();
  await begun.claim("other/1");
  expect(await begun.close.suppress(begun.job, "superseded")).toBeUndefined();
});
