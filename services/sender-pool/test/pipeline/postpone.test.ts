import type { SendCommand } from "@mio/proto";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import type { DeliveryDeps } from "../../src/delivery/delivery-deps.ts";
import type { Ended } from "../../src/job/delivery-job.ts";
import { postpone } from "../../src/pipeline/check-time.ts";
import { cancel } from "../../src/pipeline/prepare.ts";
import { deliveryBench } from "../delivery-bench.ts";

function aPool(changes: Partial<DeliveryDeps> = {}) {
  const bench = deliveryBench();
  const kept: (readonly [string, number])[] = [];
  const dropped: string[] = [];
  const receipts: (readonly [SendCommand, Ended])[] = [];
  const deps: DeliveryDeps = {
    ...bench.deps,
    schedule: {
      keep: async (_command, { name, dueAt }) => void kept.push([name, dueAt.getTime()]),
      drop: async (_accountId, name) => void dropped.push(name),
    },
    publishReceipt: async (...end) => void receipts.push(end),
    ...changes,
  };
  const stateOf = ({ accountId, id }: SendCommand) => bench.records.look(accountId, id)?.state;
  return { ...bench, deps, kept, dropped, receipts, stateOf, now: bench.clock.now().getTime() };
}

const away = () => Promise.reject(new Error("NATS is unavailable"));
const timestamp = (seconds: bigint) =>
  ({ $typeName: "google.protobuf.Timestamp", seconds, nanos: 0 }) as const;

it("keeps a command for exactly the time it names", async () => {
  const { deps, aJob, kept, stateOf, now } = aPool();
  const job = aJob(aCommand({ sendAt: timestamp(1_001n) }));
  expect(await postpone(job, { dueAt: new Date(now + 10) }, deps)).toEqual({ kind: "postponed" });
  expect(kept).toEqual([[job.command.id, now + 10]]);
  expect(stateOf(job.command)).toBe("scheduled");
});

it("postpones a command by at least a second when its target is due already", async () => {
  const { deps, aJob, kept, now } = aPool();
  const [soon, later] = [aJob(aCommand()), aJob(aCommand())];
  await postpone(soon, { dueAt: new Date(now - 60_000) }, deps);
  await postpone(later, { dueAt: new Date(now + 60_000) }, deps);
  expect(kept.map(([, dueAt]) => dueAt - now)).toEqual([1_000, 60_000]);
});

it("does not postpone a command that has begun: the record decides", async () => {
  const { deps, aJob, records, kept, now } = aPool();
  const job = aJob(aCommand());
  const { command } = job;
  await records.claim({ ...command, commandId: command.id, owner: "other/1", operation: "send" });
  expect(await postpone(job, { dueAt: new Date(now + 60_000) }, deps)).toEqual({
    kind: "again",
    afterMs: 12_000,
  });
  expect(kept).toEqual([]);
});

it("takes back a scheduled command, with a receipt in its own conversation", async () => {
  const { deps, aJob, dropped, receipts, stateOf, now } = aPool();
  const waiting = aJob(aCommand({ accountId: "a", conversationId: "its own" }));
  await postpone(waiting, { dueAt: new Date(now + 60_000) }, deps);
  const { id } = waiting.command;
  expect(await cancel(aJob(aCommand({ accountId: "a", conversationId: "another" })), id, deps)).toBe(true);
  expect([dropped, stateOf(waiting.command)]).toEqual([[id], "suppressed"]);
  expect(receipts).toMatchObject([
    [
      { id, conversationId: "its own" },
      { state: "suppressed", reason: "canceled" },
    ],
  ]);
});

it("takes back no command that has begun", async () => {
  const { deps, aJob, records, dropped, receipts } = aPool();
  const { command } = aJob(aCommand({ accountId: "a" }));
  await records.claim({ ...command, commandId: command.id, owner: "other/1", operation: "send" });
  expect(await cancel(aJob(aCommand({ accountId: "a" })), command.id, deps)).toBe(false);
  expect([dropped, receipts]).toEqual([[], []]);
});

it.each([
  ["keep", { schedule: { keep: away, drop: async () => {} } }],
  ["drop", { schedule: { keep: async () => {}, drop: away } }],
  ["announce", { publishReceipt: away }],
])("ends no command before NATS has accepted the message (%s)", async (what, changes) => {
  const { deps, aJob, now } = aPool(changes);
  const job = aJob(aCommand({ accountId: "a" }));
  const kept = postpone(job, { dueAt: new Date(now + 60_000) }, deps);
  if (what === "keep") return await expect(kept).rejects.toThrow("NATS is unavailable");
  await kept;
  await expect(cancel(aJob(aCommand({ accountId: "a" })), job.command.id, deps)).rejects.toThrow(
    "NATS is unavailable",
  );
});
