import { newId } from "@mio/envelope";
import { expect, test } from "vitest";
import {
  createDeliveryLedger,
  endLostDelivery,
  findDelivery,
  findOverdueDeliveries,
  type OverdueDelivery,
  scheduleDelivery,
} from "../src/index.ts";
import { storeFixture } from "./support.ts";

const minute = 60_000;

async function openWorld() {
  const fixture = await storeFixture();
  const { tenantId, accountId } = fixture;
  const { pool } = fixture.store;
  const placeOf = (commandId: string) => ({
    ...{ tenantId, accountId, commandId },
    ...{ channelType: "zoho_cliq", conversationId: newId() },
  });
  const schedule = async (dueAt: Date, commandId = newId()): Promise<string> => {
    await scheduleDelivery(pool, placeOf(commandId), { dueAt });
    return commandId;
  };
  const stateOf = async (commandId: string) => (await findDelivery(pool, { accountId, commandId }))?.state;
  const close = () => fixture[Symbol.asyncDispose]();
  return { pool, accountId, placeOf, schedule, stateOf, [Symbol.asyncDispose]: close };
}

test("pages through overdue commands, oldest first, without skipping equal times", async () => {
  await using world = await openWorld();
  const now = Date.now();
  const early = await world.schedule(new Date(now - 20 * minute));
  const together: string[] = [];
  for (let count = 0; count < 5; count += 1) together.push(await world.schedule(new Date(now - 10 * minute)));
  const late = await world.schedule(new Date(now - 5 * minute));
  await world.schedule(new Date(now - minute));
  await world.schedule(new Date(now + minute));
  const begun = await world.schedule(new Date(now - 15 * minute));
  await createDeliveryLedger(world.pool).claim({ ...world.placeOf(begun), owner: "pod", operation: "send" });
  const found: string[] = [];
  let after: OverdueDelivery | undefined;
  for (let page = 0; page < 5; page += 1) {
    const overdue = await findOverdueDeliveries(world.pool, { sinceMs: 2 * minute, after, limit: 2 });
    found.push(...overdue.map(({ commandId }) => commandId));
    after = overdue.at(-1) ?? after;
  }
  expect(found).toEqual([early, ...together.toSorted(), late]);
});

test("ends a lost command unless it has begun or was rescheduled", async () => {
  await using world = await openWorld();
  const { pool, accountId } = world;
  const [dueAt, later] = [new Date(Date.now() - minute), new Date(Date.now() + minute)];
  const why = { code: "delivery.lost", reason: "lost" };
  const end = (commandId: string) => endLostDelivery(pool, { accountId, commandId, dueAt }, why);
  const [lost, moved, begun] = [
    await world.schedule(dueAt),
    await world.schedule(dueAt),
    await world.schedule(dueAt),
  ];
  await world.schedule(later, moved);
  await createDeliveryLedger(pool).claim({ ...world.placeOf(begun), owner: "pod", operation: "send" });
  expect([await end(lost), await end(moved), await end(begun)]).toEqual([true, false, false]);
  expect(await Promise.all([lost, moved, begun].map(world.stateOf))).toEqual([
    "dead",
    "scheduled",
    "sending",
  ]);
  expect(await endLostDelivery(pool, { accountId: newId(), commandId: moved, dueAt: later }, why)).toBe(
    false,
  );
});
