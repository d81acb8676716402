import { listDeadLetters, readDeadLetter, redriveDeadLetter, type StoredLetter } from "@mio/bus";
import { DeliveryError } from "@mio/channel-kit";
import { encodeCommand, headerNames, newId, outboundSubject } from "@mio/envelope";
import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { recordRedrive } from "@mio/store";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT, FAILED, UNKNOWN } = DeliveryReceipt_State;

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const refused = () => new DeliveryError({ kind: "permanent", reason: "forbidden", message: "not here" });

async function letterOf({ conversationId }: SendCommand): Promise<StoredLetter> {
  return await eventually(async () => {
    for await (const { id } of listDeadLetters(fixture.bus, { conversationId })) {
      const letter = await readDeadLetter(fixture.bus, id);
      if (letter !== undefined) return letter;
    }
    throw new Error("no dead letter yet");
  });
}

/** As `mio dlq redrive` does. */
async function redrive(letter: StoredLetter, { accountId, id: commandId }: SendCommand): Promise<void> {
  const token = newId();
  await recordRedrive(fixture.store.pool, { accountId, commandId, token, requestedBy: "test" });
  await redriveDeadLetter(fixture.bus, letter, token);
}

it("delivers a dead command once for each redrive, until it is sent", async () => {
  const platform = scriptedPlatform();
  const plain = platform.answer;
  let isRefusing = true;
  platform.answer = async (call) => (isRefusing ? Promise.reject(refused()) : plain(call));
  await using _pool = await fixture.startPool({ channels: [platform.channel] });
  const command = fixture.command();
  await fixture.publish(command);
  expect(await fixture.receipt(command.id)).toMatchObject({ state: FAILED, reason: "forbidden" });
  const letter = await letterOf(command);
  const calls = () => platform.callsOf(command.id).length;
  expect(calls()).toBe(1);
  await redrive(letter, command);
  await eventually(() => calls() === 2);
  await redrive(letter, command);
  await eventually(() => calls() === 3);
  isRefusing = false;
  await redrive(letter, command);
  await eventually(async () => {
    const states = (await fixture.receipts(command.id)).map(({ state }) => state);
    expect(states).toContain(SENT);
  });
  await redrive(letter, command);
  await eventually(async () => (await fixture.left()) === 0);
  expect(calls()).toBe(4);
});

it("delivers a command once per redrive, however often that is delivered", async () => {
  const platform = scriptedPlatform();
  platform.answer = async () => Promise.reject(refused());
  await using _pool = await fixture.startPool({ channels: [platform.channel] });
  const command = fixture.command();
  await fixture.publish(command);
  await letterOf(command);
  const token = newId();
  await recordRedrive(fixture.store.pool, { ...command, commandId: command.id, token, requestedBy: "test" });
  await publishAgain(command, token);
  await publishAgain(command, token);
  expect(platform.callsOf(command.id)).toHaveLength(2);
});

it.each([undefined, "anything\u0001", newId()])(
  "calls for nothing that ended unknown, with the header %s",
  async (token) => {
    const platform = scriptedPlatform();
    platform.answer = async () => {
      throw new DeliveryError({ kind: "unknown", reason: "timeout", message: "no answer" });
    };
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const command = fixture.command();
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: UNKNOWN });
    await eventually(async () => (await fixture.left()) === 0);
    await publishAgain(command, token);
    expect(platform.callsOf(command.id)).toHaveLength(1);
    const { rows } = await fixture.store.pool.query(
      "SELECT state, redrive FROM deliveries WHERE command_id = $1",
      [command.id],
    );
    expect(rows).toEqual([{ state: "unknown", redrive: "" }]);
  },
);

/** Publishes the command again, as any client with that permission may. */
async function publishAgain(command: SendCommand, token: string | undefined): Promise<void> {
  await fixture.bus.publisher.publish({
    subject: outboundSubject(command),
    dedupId: newId(),
    payload: encodeCommand(command),
    headers: token === undefined ? [] : [[headerNames.redrive, token]],
  });
  await eventually(async () => (await fixture.left()) === 0);
}
