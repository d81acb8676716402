import { DeliveryError, type Reconciliation } from "@mio/channel-kit";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { resolveOpenAttempt } from "../../src/pipeline/resolve-open-attempt.ts";
import { aPost, benchPlatform, deliveryBench } from "../delivery-bench.ts";

function aQuestion(failures = 0, unknownSend: "hold" | "resend" = "hold") {
  const bench = deliveryBench();
  const platform = benchPlatform();
  const job = bench.aJob(aCommand());
  job.failures = failures;
  const silences: string[] = [];
  const onSilent = (): void => void silences.push("silent");
  const open = { job, attempt: 2, alreadySent: ["a"], startedAt: bench.clock.now(), onSilent };
  const deps = { ...bench.deps, policy: { ...bench.deps.policy, unknownSend } };
  const delivery = aPost(job, platform);
  const ask = (changes: Partial<typeof delivery> = {}) =>
    resolveOpenAttempt({ ...open, delivery: { ...delivery, ...changes } }, deps);
  return { ...bench, platform, job, ask, silences };
}

const sent = { externalIds: ["b"] };

it.each<[Reconciliation, number, object]>([
  [{ kind: "found", sent }, 0, { kind: "found", externalIds: ["a", "b"] }],
  [{ kind: "found", sent }, 3, { kind: "found", externalIds: ["a", "b"] }],
  [{ kind: "partial", sent }, 2, { kind: "repeat", alreadySent: ["a", "b"] }],
  [{ kind: "partial", sent }, 3, { kind: "exhausted", alreadySent: ["a", "b"] }],
  [{ kind: "absent" }, 2, { kind: "repeat", alreadySent: ["a"] }],
  [{ kind: "absent" }, 3, { kind: "exhausted", alreadySent: ["a"] }],
  [{ kind: "later", afterMs: 7_000 }, 3, { kind: "later", afterMs: 7_000 }],
  [{ kind: "later", afterMs: 0 }, 0, { kind: "later", afterMs: 250 }],
  [{ kind: "undecided" }, 0, { kind: "hold" }],
])("turns %j after %i failures into %j", async (answer, failures, expected) => {
  const { platform, ask } = aQuestion(failures);
  platform.reconcile = async () => answer;
  expect(await ask()).toEqual(expected);
});

it("repeats an undecided call only if the policy allows it, and only as often as allowed", async () => {
  expect(await aQuestion(2, "resend").ask()).toEqual({ kind: "repeat", alreadySent: ["a"] });
  expect(await aQuestion(3, "resend").ask()).toEqual({ kind: "hold" });
});

it("repeats a repeatable call without asking", async () => {
  const { platform, ask } = aQuestion(3);
  platform.reconcile = () => Promise.reject(new Error("not asked"));
  expect(await ask({ repeatable: true })).toEqual({ kind: "repeat", alreadySent: ["a"] });
});

it.each(["fail", "hang"])("looks again when looks %s, up to a limit", async (how) => {
  const { platform, ask, job, clock } = aQuestion(3);
  platform.reconcile = () => (how === "fail" ? Promise.reject(new Error("no")) : new Promise(() => {}));
  const look = async () => {
    const answer = ask();
    await clock.advance(5_000);
    return await answer;
  };
  expect(await look()).toEqual({ kind: "later", afterMs: 2_000 });
  expect(await look()).toEqual({ kind: "later", afterMs: 2_000 });
  expect(await look()).toEqual({ kind: "hold" });
  expect([job.failedLooks, job.failures]).toEqual([3, 3]);
});

const noAnswer = new DeliveryError({ kind: "transient", reason: "timeout", message: "no answer" });
const refusal = new DeliveryError({ kind: "permanent", reason: "forbidden", message: "no" });
it.each<[string, () => Promise<Reconciliation>, number]>([
  ["hangs", () => new Promise(() => {}), 1],
  ["gets no answer in time", () => Promise.reject(noAnswer), 1],
  ["is refused", () => Promise.reject(refusal), 0],
  ["fails before it asks", () => Promise.reject(new TypeError("oops")), 0],
])("a look that %s counts as silence of the platform only if it is one", async (_, look, silent) => {
  const { platform, ask, clock, silences } = aQuestion();
  platform.reconcile = look;
  const answer = ask();
  await clock.advance(5_000);
  expect(await answer).toEqual({ kind: "later", afterMs: 2_000 });
  expect(silences).toHaveLength(silent);
});

it("reports as unknown what a platform without a history may show", async () => {
  const { ask } = aQuestion();
  expect(await ask({ sender: { send: () => Promise.reject(new Error("not called")) } })).toEqual({
    kind: "hold",
  });
});

it("passes the ids of other commands of the conversation to the platform", async () => {
  const { platform, ask, records, job } = aQuestion();
  const { accountId, id } = job.command;
  const place = { ...job.command, owner: "o", operation: "send" };
  const claimAndEnd = async (commandId: string, externalId: string): Promise<void> => {
    await records.claim({ ...place, commandId });
    const attempt = { accountId, commandId, owner: "o", attempt: 1 };
    await records.end(attempt, { state: "sent", externalIds: [externalId] });
  };
  await claimAndEnd("other", "theirs");
  await claimAndEnd(id, "mine");
  const claimed: string[] = [];
  platform.reconcile = async (_command, { claimedExternalIds }) => {
    claimed.push(...claimedExternalIds);
    return { kind: "absent" };
  };
  await ask();
  expect(claimed).toEqual(["theirs"]);
});

it("includes ids of others from the minute before, since the clocks may differ", async () => {
  const { deps, aJob, clock } = deliveryBench();
  const job = aJob(aCommand());
  const asked: Date[] = [];
  const claimedExternalIds: typeof deps.records.claimedExternalIds = async ({ since }) => {
    asked.push(since);
    return new Set();
  };
  const startedAt = clock.now();
  const delivery = aPost(job, benchPlatform());
  const open = { job, delivery, attempt: 2, alreadySent: [], startedAt, onSilent: () => undefined };
  await resolveOpenAttempt(open, { ...deps, records: { claimedExternalIds } });
  expect(asked).toEqual([new Date(startedAt.getTime() - 60_000)]);
});
