import { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { Account } from "@mio/store";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import type { DeliveryDeps } from "../../src/delivery/delivery-deps.ts";
import { refused } from "../../src/job/platform-call.ts";
import { deliverySteps } from "../../src/pipeline/steps.ts";
import { aChannel, anAccount, aPost, benchPlatform, deliveryBench } from "../delivery-bench.ts";

function aPool(changes: Partial<DeliveryDeps> = {}, command: SendCommand = aCommand()) {
  const bench = deliveryBench();
  const platform = benchPlatform();
  const job = bench.aJob(command);
  const { accountId, channelType } = command;
  const deps: DeliveryDeps = {
    ...bench.deps,
    directory: directoryOf(anAccount(command)),
    channels: new Map([[channelType, aChannel(channelType)]]),
    prepare: async () => aPost(job, platform),
    ...changes,
  };
  const state = () => bench.records.look(accountId, command.id)?.state;
  return { ...bench, job, platform, state, run: () => deliverySteps.try(job, deps) };
}

const directoryOf = (account: Account): DeliveryDeps["directory"] => ({
  find: async () => account,
  conversationsOf: async () => [],
});

const no = new MioError("delivery.refused", "no", { details: { reason: "wrong_tenant" } });
const again = { kind: "again", afterMs: 2_000 };

it("records nothing for a command that may not use its account", async () => {
  const command = aCommand();
  const directory = directoryOf({ ...anAccount(command), tenantId: "another" });
  const { run, state, job } = aPool({ directory }, command);
  expect(await run()).toMatchObject({ end: { state: "failed", reason: "wrong_tenant" } });
  expect([state(), job.isAuthorized]).toEqual([undefined, false]);
});

it("records that an account may not send now", async () => {
  const command = aCommand();
  const directory = directoryOf({ ...anAccount(command), disabled: true });
  const { run, state } = aPool({ directory }, command);
  expect(await run()).toMatchObject({ end: { state: "failed" } });
  expect(state()).toBe("dead");
});

it("waits for an earlier command before it takes a turn", async () => {
  let turns = 0;
  const bench = deliveryBench();
  const governor = {
    ...bench.deps.governor,
    turn: async () => {
      turns += 1;
      return "turn" as const;
    },
  };
  const { run, platform, state } = aPool({ governor, mustWait: async () => true });
  expect(await run()).toEqual(again);
  expect([turns, platform.calls.length, state()]).toEqual([0, 0, undefined]);
});

it("only records its end once it was given up", async () => {
  const { run, job, platform, state } = aPool();
  job.givenUp = no;
  expect(await run()).toMatchObject({ end: { state: "failed", reason: "wrong_tenant" } });
  expect([platform.calls.length, state()]).toEqual([0, "dead"]);
});

it("is given up when it has expired, and when it is refused", async () => {
  const old = aPool();
  await old.clock.advance(3_600_001);
  expect(await old.run()).toMatchObject({ end: { state: "failed", reason: "expired" } });
  const wrong = aPool({ prepare: async () => refused("no_target", "no") });
  expect(await wrong.run()).toMatchObject({ end: { state: "failed", reason: "no_target" } });
  expect([old.platform.calls.length, wrong.platform.calls.length]).toEqual([0, 0]);
});

it("calls once when everything allows it", async () => {
  const { run, platform, job } = aPool();
  expect(await run()).toMatchObject({ end: { state: "sent" } });
  expect([platform.calls.length, job.isAuthorized]).toEqual([1, true]);
});

it("asks for no turn without a free slot, and releases a slot without a turn", async () => {
  const bench = deliveryBench();
  const asked: string[] = [];
  let hasSlot = false;
  const governor = {
    ...bench.deps.governor,
    turn: async () => {
      asked.push("turn");
      return "turn" as const;
    },
    turnNow: async () => {
      asked.push("turn now");
      return false;
    },
  };
  const place = { ended: () => {}, [Symbol.dispose]: () => void asked.push("slot free") };
  const workers = {
    ...bench.deps.workers,
    hasSlot: () => hasSlot,
    tryAcquire: () => (hasSlot ? place : undefined),
    acquire: async () => {
      asked.push("slot");
      return place;
    },
  };
  const { run, platform, job } = aPool({ governor, workers });
  expect(await run()).toEqual({ kind: "again", afterMs: 0 });
  expect(asked.splice(0)).toEqual(["slot", "turn now", "slot free"]);
  expect([platform.calls.length, job.hasTurn]).toEqual([0, false]);
  hasSlot = true;
  expect(await run()).toMatchObject({ end: { state: "sent" } });
  expect(asked).toEqual(["turn", "slot free"]);
});

const aGovernor = (changes: Partial<DeliveryDeps["governor"]>): DeliveryDeps["governor"] => ({
  throttled: async () => {},
  isPaused: () => false,
  turn: async () => "turn",
  turnNow: async () => true,
  giveBack: async () => {},
  ...changes,
});

it("leaves its turn to a later edit that came during the wait", async () => {
  let asked = 0;
  const laterEdits = () => {
    asked += 1;
    return asked > 1 ? ["later"] : [];
  };
  const givenBack: string[] = [];
  const governor = aGovernor({ giveBack: async ({ key }) => void givenBack.push(key) });
  const { run, platform, job } = aPool({ laterEdits, governor });
  expect(await run()).toMatchObject({ end: { state: "suppressed", reason: "superseded" } });
  expect(platform.calls).toHaveLength(0);
  expect(givenBack).toEqual([job.command.accountId]);
});

it("has no turn any more once it has given it back and waits for an earlier command", async () => {
  let asked = 0;
  const laterEdits = () => {
    asked += 1;
    return asked > 1 ? ["later"] : [];
  };
  let orderAsked = 0;
  // Free to go before the turn, and not after it.
  const mustWait = async (): Promise<boolean> => {
    orderAsked += 1;
    return orderAsked > 1;
  };
  let givenBack = 0;
  const governor = aGovernor({
    giveBack: async () => {
      givenBack += 1;
    },
  });
  const { run, job } = aPool({ laterEdits, mustWait, governor });
  expect(await run()).toEqual(again);
  expect([job.hasTurn, givenBack]).toEqual([false, 1]);
});

it("is not left out for a later edit before an earlier command has ended", async () => {
  const { run, state } = aPool({ laterEdits: () => ["later"], mustWait: async () => true });
  expect(await run()).toEqual(again);
  expect(state()).toBeUndefined();
});

it("is not postponed before an earlier command has ended, which it would overtake", async () => {
  const dueAt = new Date(Date.now() + 3_600_000);
  const kept: string[] = [];
  const pool = (mustWait: boolean) =>
    aPool({
      prepare: async () => ({ kind: "postponed", dueAt, waitsFor: "scheduled" }),
      mustWait: async () => mustWait,
      schedule: { keep: async ({ id }) => void kept.push(id), drop: async () => {} },
    });
  const early = pool(true);
  expect(await early.run()).toEqual(again);
  expect([early.state(), kept]).toEqual([undefined, []]);
  const next = pool(false);
  expect(await next.run()).toEqual({ kind: "postponed" });
  expect([next.state(), kept]).toEqual(["scheduled", [next.job.command.id]]);
});

it("is not postponed before the schedule has it", async () => {
  const sendAt = { $typeName: "google.protobuf.Timestamp", seconds: 4_000n, nanos: 0 } as const;
  const kept = Promise.withResolvers<void>();
  const { run } = aPool(
    { schedule: { keep: () => kept.promise, drop: async () => {} } },
    aCommand({ sendAt }),
  );
  const step = run();
  kept.reject(new MioError("bus.unavailable", "no answer", { retry: "soon" }));
  await expect(step).rejects.toMatchObject({ code: "bus.unavailable" });
});

it.each([
  ["an edit that would become a post", { isFallback: true }],
  ["a command whose target is not known", refused("no_target", "no")],
  ["an edit that would be dropped", { kind: "dropped" }],
  ["a deletion of what is for later", { kind: "cancels", commandId: "other" }],
] as const)("lets %s wait for its possible target, in any process", async (_what, given) => {
  const bench = deliveryBench();
  const asked: boolean[] = [];
  // This process gets all new commands. A redelivery from a crashed process is earlier.
  const mustWait: DeliveryDeps["mustWait"] = async (_job, { isFallback }) => {
    asked.push(isFallback);
    return isFallback;
  };
  const post = aPost(bench.aJob(aCommand()), benchPlatform());
  const preparation = "kind" in given ? given : { ...post, ...given };
  const { run, platform, state } = aPool({ mustWait, prepare: async () => preparation });
  expect(await run()).toEqual(again);
  expect([asked, platform.calls.length, state()]).toEqual([[true], 0, undefined]);
});

it("that takes back a command is done once that is taken back, and tries again when that has begun", async () => {
  const command = aCommand();
  const cancels = { prepare: async () => ({ kind: "cancels", commandId: command.id }) as const };
  const { accountId } = command;
  const begun = aPool(cancels, aCommand({ accountId }));
  await begun.records.claim({ ...command, commandId: command.id, owner: "other/1", operation: "send" });
  expect(await begun.run()).toEqual({ kind: "again", afterMs: 0 });
  expect(begun.state()).toBeUndefined();
  const waits = aPool(cancels, aCommand({ accountId }));
  await waits.records.schedule({ ...command, commandId: command.id }, { dueAt: new Date() });
  expect(await waits.run()).toMatchObject({ end: { state: "sent", externalIds: [] } });
  expect([waits.state(), waits.platform.calls.length]).toEqual(["sent", 0]);
});

it("is not dropped when an earlier attempt may have made it", async () => {
  const dropped = { prepare: async () => ({ kind: "dropped" }) as const };
  const fresh = aPool(dropped);
  expect(await fresh.run()).toMatchObject({ end: { state: "suppressed", reason: "dropped" } });
  const tried = aPool(dropped);
  const { command } = tried.job;
  await tried.records.claim({ ...command, commandId: command.id, owner: "process/0", operation: "edit" });
  expect(await tried.run()).toMatchObject({ end: { state: "unknown", reason: "unknown_send" } });
});

it("is refused for a time that is more than a year ahead", async () => {
  const seconds = BigInt(400 * 86_400);
  const sendAt = { $typeName: "google.protobuf.Timestamp", seconds, nanos: 0 } as const;
  const { run, state } = aPool({}, aCommand({ sendAt }));
  expect(await run()).toMatchObject({ end: { state: "failed", reason: "invalid" } });
  expect(state()).toBe("dead");
});
