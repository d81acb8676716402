import { newId } from "@mio/envelope";
import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT } = DeliveryReceipt_State;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

async function setRate(accountId: string, perSecond: number | null, scope = "account"): Promise<void> {
  await fixture.store.pool.query(
    "UPDATE accounts SET rate_limit_per_second = $2, rate_limit_scope = $3 WHERE id = $1",
    [accountId, perSecond, scope],
  );
}

function idsOf(commands: readonly SendCommand[], conversationId: string): readonly string[] {
  return commands.filter((command) => command.conversationId === conversationId).map(({ id }) => id);
}

describe("three pools", () => {
  it("keep the order of each conversation and post everything once, while pools come and go", async () => {
    const platform = scriptedPlatform();
    const plain = platform.answer;
    platform.answer = async (call) => {
      await pause(Math.random() * 6);
      return plain(call);
    };
    const start = () => fixture.startPool({ channels: [platform.channel] });
    const accounts = [fixture.accountId, await fixture.anAccount(), await fixture.anAccount()];
    const conversations = accounts.flatMap((accountId) =>
      [1, 2, 3].map(() => ({ accountId, conversationId: newId() })),
    );
    await using _steady = await start();
    const sent: SendCommand[] = [];
    for (let round = 0; round < 12; round += 1) {
      await using _passing = await start();
      const commands = conversations.map((place) => fixture.command(place));
      sent.push(...commands);
      await Promise.all(commands.map((command) => fixture.publish(command)));
      if (round % 4 === 3) await Promise.all(commands.map(({ id }) => fixture.receipt(id)));
    }
    const receipts = await Promise.all(sent.map(({ id }) => fixture.receipt(id)));
    expect(receipts.filter(({ state, attempts }) => state !== SENT || attempts !== 1)).toEqual([]);
    const called = platform.calls.map(({ command }) => command);
    for (const { conversationId } of conversations)
      expect(idsOf(called, conversationId)).toEqual(idsOf(sent, conversationId));
  });

  it("share one rate, and follow a changed one at once", async () => {
    const platform = scriptedPlatform();
    const accountId = await fixture.anAccount();
    await setRate(accountId, 1, "account");
    const start = () => fixture.startPool({ channels: [platform.channel] });
    await using stack = new AsyncDisposableStack();
    for (let count = 0; count < 3; count += 1) stack.use(await start());
    const commands = Array.from({ length: 40 }, () =>
      fixture.command({ accountId, conversationId: newId() }),
    );
    for (const command of commands) await fixture.publish(command);
    await eventually(() => platform.calls.length >= 2);
    expect(platform.calls.length).toBeLessThan(6);
    await setRate(accountId, 1_000);
    for (const command of commands) await fixture.receipt(command.id);
    const times = platform.calls.map(({ at }) => at);
    // At the first rate it would be more than half a minute.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(20_000);
  });
});

it("finds new accounts by their first command", async () => {
  const platform = scriptedPlatform();
  await using _pool = await fixture.startPool({ channels: [platform.channel] });
  const accountId = await fixture.anAccount();
  const command = fixture.command({ accountId });
  await fixture.publish(command);
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
});

it("takes up again what an idle account gets", async () => {
  const platform = scriptedPlatform();
  // Long enough for a slow machine to open the consumer before it counts as idle.
  await using pool = await fixture.startPool({ channels: [platform.channel], idleMs: 1_000 });
  const accountId = await fixture.anAccount();
  for (let round = 0; round < 3; round += 1) {
    const command = fixture.command({ accountId });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
    await eventually(async () => expect(await pool.metrics()).toContain("mio_sender_pool_read_accounts 0"));
  }
});

it("takes the place of the one consumer that read all accounts", async () => {
  const { jsm } = fixture.bus;
  for await (const { name } of jsm.consumers.list("MESSAGES_OUTBOUND"))
    await jsm.consumers.delete("MESSAGES_OUTBOUND", name);
  await jsm.consumers.add("MESSAGES_OUTBOUND", { durable_name: "sender-pool", ack_policy: "explicit" });
  const command = fixture.command();
  await fixture.publish(command);
  const platform = scriptedPlatform();
  await using _pool = await fixture.startPool({ channels: [platform.channel] });
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
  await expect(jsm.consumers.info("MESSAGES_OUTBOUND", "sender-pool")).rejects.toThrow("consumer not found");
});
