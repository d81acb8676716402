import type { SendCommand } from "@mio/proto";
import { aCommand } from "@mio/testkit";
import { expect, it } from "vitest";
import { createCloseDelivery } from "../../src/delivery/end-attempt.ts";
import type { Ended } from "../../src/job/delivery-job.ts";
import { createPostpone, type PostponeDeps } from "../../src/pipeline/postpone.ts";
import { deliveryBench } from "../delivery-bench.ts";

function aPool(changes: Partial<PostponeDeps> = {}) {
  const bench = deliveryBench();
  const kept: (readonly [string, number])[] = [];
  const dropped: string[] = [];
  const told: (readonly [SendCommand, Ended])[] = [];
  const postpone = createPostpone(
    {
      ...bench.deps,
      schedule: {
        keep: async (_command, { name, dueAt }) => void kept.push([name, dueAt.getTime()]),
        drop: async (_accountId, name) => void dropped.push(name),
      },
      announce: async (...end) => void told.push(end),
      ...changes,
    },
    createCloseDelivery(bench.deps),
  );
  const stateOf = ({ accountId, id }: SendCommand) => bench.records.look(accountId, id)?.state;
  return { ...bench, postpone, kept, dropped, told, stateOf, now: bench.clock.now().getTime() };
}

const away = () => Promise.reject(new Error("NATS is away"));
const timestamp = (seconds: bigint) =>
  ({ $typeName: "google.protobuf.Timestamp", seconds, nanos: 0 }) as const;

it("keeps a command for exactly the time it names", async () => {
  const { postpone, aJob, kept, stateOf, now } = aPool();
  const job = aJob(aCommand({ sendAt: timestamp(1_001n) }));
  expect(await postpone.until(job, { dueAt: new Date(now + 10) })).toEqual({ kind: "postponed" });
  expect(kept).toEqual([[job.command.id, now + 10]]);
  expect(stateOf(job.command)).toBe("scheduled");
});

it("gives what a command follows a second, when its time has come already", async () => {
  const { postpone, aJob, kept, now } = aPool();
  const [soon, later] = [aJob(aCommand()), aJob(aCommand())];
  await postpone.until(soon, { dueAt: new Date(now - 60_000) });
  await postpone.until(later, { dueAt: new Date(now + 60_000) });
  expect(kept.map(([, dueAt]) => dueAt - now)).toEqual([1_000, 60_000]);
});

it("does not put off what was begun: what the record says counts", async () => {
  const { postpone, aJob, records, kept, now } = aPool();
  const job = aJob(aCommand());
  const { command } = job;
  await records.claim({ ...command, commandId: command.id, owner: "other/1", operation: "send" });
  expect(await postpone.until(job, { dueAt: new Date(now + 60_000) })).toEqual({
    kind: "again",
    afterMs: 12_000,
  });
  expect(kept).toEqual([]);
});

it("takes back what waits, and tells its own conversation so", async () => {
  const { postpone, aJob, dropped, told, stateOf, now } = aPool();
  const waiting = aJob(aCommand({ accountId: "a", conversationId: "its own" }));
  await postpone.until(waiting, { dueAt: new Date(now + 60_000) });
  const { id } = waiting.command;
  expect(await postpone.cancel(aJob(aCommand({ accountId: "a", conversationId: "another" })), id)).toBe(true);
  expect([dropped, stateOf(waiting.command)]).toEqual([[id], "suppressed"]);
  expect(told).toMatchObject([
    [
      { id, conversationId: "its own" },
      { state: "suppressed", reason: "canceled" },
    ],
  ]);
});

it("takes back nothing that was begun", async () => {
  const { postpone, aJob, records, dropped, told } = aPool();
  const { command } = aJob(aCommand({ accountId: "a" }));
  await records.claim({ ...command, commandId: command.id, owner: "other/1", operation: "send" });
  expect(await postpone.cancel(aJob(aCommand({ accountId: "a" })), command.id)).toBe(false);
  expect([dropped, told]).toEqual([[], []]);
});

it.each([
  ["keep", { schedule: { keep: away, drop: async () => {} } }],
  ["drop", { schedule: { keep: async () => {}, drop: away } }],
  ["announce", { announce: away }],
])("ends no command before NATS has what it must know (%s)", async (what, changes) => {
  const { postpone, aJob, now } = aPool(changes);
  const job = aJob(aCommand({ accountId: "a" }));
  const kept = postpone.until(job, { dueAt: new Date(now + 60_000) });
  if (what === "keep") return await expect(kept).rejects.toThrow("NATS is away");
  await kept;
  await expect(postpone.cancel(aJob(aCommand({ accountId: "a" })), job.command.id)).rejects.toThrow(
    "NATS is away",
  );
});
