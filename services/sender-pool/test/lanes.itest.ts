import { DeliveryError } from "@mio/channel-kit";
import { newId } from "@mio/envelope";
import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { eventually, privatePostgres } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT } = DeliveryReceipt_State;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Post, edit, post, edit in one conversation, each edit naming its post. */
function aDialogue(fixture: PoolFixture): readonly SendCommand[] {
  const conversationId = newId();
  return [1, 2].flatMap(() => {
    const post = fixture.command({ conversationId });
    return [post, fixture.command({ conversationId, editOfMessageId: post.id })];
  });
}

const throttled = (retryAfterMs: number) =>
  new DeliveryError({ kind: "throttled", reason: "throttled", message: "slower", retryAfterMs });

async function redeliveries(fixture: PoolFixture): Promise<number> {
  const consumers = await fixture.bus.jsm.consumers.list("MESSAGES_OUTBOUND").next();
  return consumers.reduce((sum, { num_redelivered }) => sum + num_redelivered, 0);
}

describe("order", () => {
  it("holds within each conversation under load, also when calls fail and are tried again", async () => {
    await using fixture = await openPoolFixture();
    const platform = scriptedPlatform();
    let calls = 0;
    platform.answer = async ({ method, command, target }) => {
      calls += 1;
      const fate = calls % 7;
      await pause(Math.random() * 8);
      if (fate === 3) throw new DeliveryError({ kind: "transient", reason: "network", message: "refused" });
      if (fate === 5) throw throttled(5);
      return { externalIds: [method === "send" ? `x-${command.id}` : (target ?? "")] };
    };
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const dialogues = Array.from({ length: 25 }, () => aDialogue(fixture));
    for (let step = 0; step < 4; step += 1) {
      await Promise.all(dialogues.map((dialogue) => publishStep(fixture, dialogue[step])));
    }
    for (const dialogue of dialogues) {
      for (const command of dialogue)
        expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
      const ids = new Set(dialogue.map(({ id }) => id));
      const mine = platform.calls.filter(({ command }) => ids.has(command.id));
      const order = [...new Set(mine.map(({ command }) => command.id))];
      expect(order).toEqual(dialogue.map(({ id }) => id));
      const edits = mine.filter(({ method }) => method === "edit").map(({ target }) => target);
      expect(new Set(edits)).toEqual(new Set([`x-${dialogue[0]?.id}`, `x-${dialogue[2]?.id}`]));
    }
    expect(await redeliveries(fixture)).toBe(0);
  });
});

async function publishStep(fixture: PoolFixture, command: SendCommand | undefined): Promise<void> {
  if (command !== undefined) await fixture.publish(command);
}

describe("waiting", () => {
  it("for a throttled platform takes as long as it asked, uses up no delivery and delays no other account", async () => {
    await using fixture = await openPoolFixture();
    const other = await fixture.anAccount();
    const platform = scriptedPlatform();
    let isThrottling = true;
    platform.answer = async ({ command: { accountId } }) => {
      if (accountId === fixture.accountId && isThrottling) throw throttled(150);
      return { externalIds: ["17_1"] };
    };
    await using _pool = await fixture.startPool({
      channels: [platform.channel],
      env: { MIO_SENDER_WORKERS: "1", MIO_SENDER_ACCOUNT_WORKERS: "1", MIO_SENDER_MAX_ATTEMPTS: "1" },
    });
    const slow = fixture.command();
    const quick = fixture.command({ accountId: other });
    await fixture.publish(slow);
    await eventually(() => platform.callsOf(slow.id).length > 0);
    await fixture.publish(quick);
    expect(await fixture.receipt(quick.id)).toMatchObject({ state: SENT });
    await eventually(() => platform.callsOf(slow.id).length > 3);
    expect(await fixture.receipts(slow.id)).toEqual([]);
    isThrottling = false;
    const receipt = await fixture.receipt(slow.id);
    const times = platform.callsOf(slow.id).map(({ at }) => at);
    expect(receipt).toMatchObject({ state: SENT, attempts: times.length });
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? at)).toBeGreaterThanOrEqual(149);
    expect(await redeliveries(fixture)).toBe(0);
  });

  it("for a turn keeps the rate of its own account only", async () => {
    await using fixture = await openPoolFixture();
    const other = await fixture.anAccount();
    const platform = scriptedPlatform({ perSecond: 5 });
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const burst = Array.from({ length: 25 }, () => fixture.command());
    await Promise.all(burst.map((command) => fixture.publish(command)));
    const quick = fixture.command({ accountId: other });
    await fixture.publish(quick);
    await fixture.receipt(quick.id);
    for (const command of burst) await fixture.receipt(command.id);
    const times = platform.calls.filter(({ command }) => command.accountId !== other).map(({ at }) => at);
    // Twenty of them wait for a turn, four seconds in all; timers round.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(3_950);
    // The other account did not wait with them, however slow the machine is.
    const quickAt = platform.callsOf(quick.id)[0]?.at ?? Number.NaN;
    expect(times.filter((at) => at > quickAt).length).toBeGreaterThan(0);
    expect(await redeliveries(fixture)).toBe(0);
  });
});

describe("stopping", () => {
  it("finishes the call in flight and returns waiting commands, which are then delivered once and in order", async () => {
    await using fixture = await openPoolFixture();
    const platform = scriptedPlatform();
    const first = scriptedPlatform();
    const calling = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const conversationId = newId();
    const inFlight = fixture.command({ conversationId });
    const behind = [1, 2, 3].map(() => fixture.command({ conversationId }));
    const waiting = fixture.command();
    first.answer = async ({ command }) => {
      if (command.id === waiting.id) throw throttled(3_000);
      calling.resolve();
      await finish.promise;
      return { externalIds: ["17_1"] };
    };
    const pool = await fixture.startPool({
      channels: [first.channel],
      env: { MIO_SENDER_WORKERS: "4" },
    });
    for (const command of [inFlight, ...behind]) await fixture.publish(command);
    await calling.promise;
    await fixture.publish(waiting);
    await eventually(() => first.callsOf(waiting.id).length === 1);
    const stopped = pool.stop();
    await eventually(async () => (await pool.ready()).ok === false);
    finish.resolve();
    expect(await stopped).toEqual({ unfinished: [] });
    expect(await fixture.receipt(inFlight.id)).toMatchObject({ state: SENT, attempts: 1 });
    expect(await fixture.left()).toBe(4);

    await using _next = await fixture.startPool({ channels: [platform.channel] });
    for (const command of [...behind, waiting]) {
      expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT });
    }
    const order = platform.calls.map(({ command }) => command.id).filter((id) => id !== waiting.id);
    expect(order).toEqual(behind.map(({ id }) => id));
    expect(platform.callsOf(inFlight.id)).toEqual([]);
    expect(await fixture.deadLetters()).toEqual([]);
  });
});

describe("a database outage during a call", () => {
  it("delays the record, and the post is not repeated", async () => {
    await using postgres = await privatePostgres();
    await using fixture = await openPoolFixture({ dsn: postgres.dsn });
    const platform = scriptedPlatform();
    const calling = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    platform.answer = async () => {
      calling.resolve();
      await finish.promise;
      return { externalIds: ["17_1"] };
    };
    await using pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    await fixture.publish(command);
    await calling.promise;
    await postgres.stop();
    finish.resolve();
    await eventually(() => pool.logs.matching({ msg: "delivery.infrastructure_failed" }).length > 0);
    expect(await fixture.receipts(command.id)).toEqual([]);
    await postgres.restart();
    expect(await fixture.receipt(command.id)).toMatchObject({
      state: SENT,
      externalIds: ["17_1"],
      attempts: 1,
    });
    expect(platform.callsOf(command.id)).toHaveLength(1);
  });
});
