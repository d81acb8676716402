import { newId } from "@mio/envelope";
import { DeliveryReceipt_State } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const accounts = 20;
const waiting = 100_000;
const places = 1_000;

async function publishBacklog(fixture: PoolFixture, accountIds: readonly string[]): Promise<void> {
  const conversations = accountIds.map(() => [newId(), newId(), newId()]);
  for (let from = 0; from < waiting; from += 5_000) {
    const batch = Array.from({ length: 5_000 }, (_, index) => {
      const account = (from + index) % accounts;
      const conversationId = conversations[account]?.[index % 3] ?? "";
      return fixture.publish(fixture.command({ accountId: accountIds[account] ?? "", conversationId }));
    });
    await Promise.all(batch);
  }
}

function gauge(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

it("holds no more than it may of a hundred thousand that wait, and serves others at once", async () => {
  await using fixture = await openPoolFixture();
  const platform = scriptedPlatform();
  const release = Promise.withResolvers<void>();
  const backlog: string[] = [];
  for (let count = 0; count < accounts; count += 1) backlog.push(await fixture.anAccount());
  const plain = platform.answer;
  platform.answer = async (call) => {
    if (backlog.includes(call.command.accountId)) await release.promise;
    return plain(call);
  };
  await publishBacklog(fixture, backlog);
  const heapBefore = process.memoryUsage().heapUsed;
  await using pool = await fixture.startPool({
    channels: [platform.channel],
    // A hundred platform calls hang; a slot is left for another account.
    env: { MIO_SENDER_MAX_IN_FLIGHT: String(places), MIO_SENDER_WORKERS: String(accounts * 4 + 1) },
    graceMs: 500,
  });
  await eventually(async () => gauge(await pool.metrics(), "mio_sender_pool_held_commands") >= places);
  const other = fixture.command();
  await fixture.publish(other);
  expect(await fixture.receipt(other.id)).toMatchObject({ state: DeliveryReceipt_State.SENT });
  const held = gauge(await pool.metrics(), "mio_sender_pool_held_commands");
  // Each account may have a few, independent of the others.
  expect(held).toBeLessThanOrEqual(places + 32 * (accounts + 1));
  expect(await fixture.left()).toBe(waiting);
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(64 * 1_024 * 1_024);
  release.resolve();
});
