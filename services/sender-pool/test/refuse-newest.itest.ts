import { ensureConsumer, type Handler, senderPoolOf } from "@mio/bus";
import { decodeCommand, newId } from "@mio/envelope";
import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { createRefuseNewest } from "../src/intake/refuse-newest.ts";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";
import { takeCommands } from "./take-commands.ts";

const { FAILED, SENT } = DeliveryReceipt_State;

async function publishMany(fixture: PoolFixture, accountId: string, count: number) {
  const conversationId = newId();
  const commands = Array.from({ length: count }, () => fixture.command({ accountId, conversationId }));
  for (const command of commands) await fixture.publish(command);
  return commands;
}

const idsOf = (commands: readonly SendCommand[]): readonly string[] => commands.map(({ id }) => id);

it("only the newest commands beyond the backlog limit are refused", async () => {
  await using fixture = await openPoolFixture();
  const platform = scriptedPlatform();
  const finish = Promise.withResolvers<void>();
  const plain = platform.answer;
  platform.answer = async (call) => {
    await finish.promise;
    return plain(call);
  };
  const commands = await publishMany(fixture, fixture.accountId, 60);
  const others = await publishMany(fixture, await fixture.anAccount(), 25);
  await using pool = await fixture.startPool({
    channels: [platform.channel],
    env: { MIO_SENDER_ACCOUNT_IN_FLIGHT: "10", MIO_SENDER_ACCOUNT_BACKLOG: "40" },
    lookEveryMs: 50,
  });
  await eventually(async () => (await fixture.left()) === 65);
  for (const { id } of commands.slice(40))
    expect(await fixture.receipt(id)).toMatchObject({ state: FAILED, reason: "backlog_full", attempts: 0 });
  expect(await fixture.deadLetters()).toHaveLength(20);
  const oldest = /^mio_sender_pool_oldest_command_seconds (\S+)$/m.exec(await pool.metrics())?.[1];
  expect(Number(oldest)).toBeGreaterThan(0);
  finish.resolve();
  for (const { id } of [...commands.slice(0, 40), ...others])
    expect(await fixture.receipt(id)).toMatchObject({ state: SENT });
  await eventually(async () => (await fixture.left()) === 0);
  const posted = platform.calls.map(({ command }) => command.id);
  expect(posted.filter((id) => idsOf(commands).includes(id))).toEqual(idsOf(commands.slice(0, 40)));
  expect(await fixture.deadLetters()).toHaveLength(20);
});

it("commands that a pool has received are not refused, however many wait", async () => {
  await using fixture = await openPoolFixture();
  const { bus } = fixture;
  const accountId = await fixture.anAccount();
  const commands = await publishMany(fixture, accountId, 5);
  await ensureConsumer(bus, senderPoolOf(accountId));
  await takeCommands(bus, accountId, 3);
  const refused: string[] = [];
  const refuse: Handler = async ({ payload }) => {
    refused.push(decodeCommand(payload).id);
    return { kind: "done" };
  };
  const logger = createLogger({ service: "test", level: "silent" });
  const refuseNewest = createRefuseNewest({ bus, logger, refuse, most: 1 });
  await refuseNewest(accountId, new AbortController().signal);
  expect(refused).toEqual(idsOf(commands.slice(3).toReversed()));
  expect(await fixture.left()).toBe(3);
});
