import { ensureConsumer, senderPoolOf, streams } from "@mio/bus";
import { newId } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import { type SendCommand, DeliveryReceipt_State as State } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { createDeliveryLedger, type DeliveryEnd } from "@mio/store";
import { captureLogs, eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRecords } from "../src/job/records.ts";
import { createLeftBehind } from "../src/stored/left-behind.ts";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/**
 * Moves the account's consumer past everything that is stored, without its having delivered that: it reads another
 * subject first. A disk that was full while removals had to be written leaves the same behind.
 */
async function pass(accountId: string): Promise<void> {
  const { bus } = fixture;
  const consumer = senderPoolOf(accountId);
  const decoy = newId();
  await ensureConsumer(bus, consumer, { filter: `mio.outbound.*.${decoy}.>` });
  await fixture.publish(fixture.command({ accountId: decoy }));
  const inbox = `test-${newId()}`;
  const taken = bus.nc.subscribe(inbox, { max: 1 });
  const request = JSON.stringify({ batch: 1, expires: 20_000_000_000, group: "sender-pool" });
  const next = `$JS.API.CONSUMER.MSG.NEXT.${streams.outbound.name}.${consumer.durable}`;
  bus.nc.publish(next, request, { reply: inbox });
  for await (const message of taken) await bus.nc.request(message.reply ?? "", "+ACK");
  await ensureConsumer(bus, consumer);
  const unpin = `$JS.API.CONSUMER.UNPIN.${streams.outbound.name}.${consumer.durable}`;
  await bus.nc.request(unpin, JSON.stringify({ group: "sender-pool" }));
}

async function endOnRecord(command: SendCommand, end: DeliveryEnd): Promise<void> {
  const { pool } = fixture.store;
  const { id: commandId, accountId } = command;
  await createDeliveryLedger(pool).claim({ ...command, commandId, owner: "o", operation: "send" });
  await createDeliveryLedger(pool).end({ accountId, commandId, owner: "o", attempt: 1 }, end);
}

const states = async ({ id }: SendCommand) => (await fixture.receipts(id)).map(({ state }) => state);

describe("commands below the ack floor of their consumer", () => {
  it("do not block later commands: ended ones are removed, the others are delivered first", async () => {
    const place = { accountId: await fixture.anAccount(), conversationId: newId() };
    const commands = Array.from({ length: 5 }, () => fixture.command(place));
    const [sent, missed, dead, waiting] = commands;
    if (!sent || !missed || !dead || !waiting) throw new Error("five commands");
    for (const command of commands.slice(0, 4)) await fixture.publish(command);
    await endOnRecord(sent, { state: "sent", externalIds: ["x"] });
    await endOnRecord(dead, { state: "dead", externalIds: [], code: "c", reason: "r" });
    await endOnRecord(waiting, { state: "waiting", externalIds: [], code: "c", reason: "r" });
    await pass(place.accountId);
    const platform = scriptedPlatform();
    await using pool = await fixture.startPool({ channels: [platform.channel] });
    const last = commands[4] ?? sent;
    await fixture.publish(last);
    await fixture.receipt(last.id);
    const called = platform.calls.map(({ command }) => command.id);
    expect(called).toEqual([missed.id, waiting.id, last.id]);
    expect(await Promise.all([missed, waiting, last].map(states))).toEqual([
      [State.SENT],
      [State.SENT],
      [State.SENT],
    ]);
    expect(await Promise.all([sent, dead].map(states))).toEqual([[], []]);
    await eventually(async () => expect(await fixture.left()).toBe(0));
    expect(pool.logs.matching({ msg: "delivery.left_behind" })).toHaveLength(4);
  });

  it("are refused if they are not commands, and block no others", async () => {
    const place = { accountId: await fixture.anAccount(), conversationId: newId() };
    const command = fixture.command(place);
    const subject = `mio.outbound.${command.channelType}.${place.accountId}.${place.conversationId}`;
    await fixture.publishBytes(subject, Uint8Array.of(0xff, 0xff));
    await pass(place.accountId);
    const platform = scriptedPlatform();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(command);
    expect(await fixture.receipt(command.id)).toMatchObject({ state: State.SENT });
    await eventually(async () => expect(await fixture.left()).toBe(0));
  });

  it("may be removed by the server at the same moment", async () => {
    const accountId = await fixture.anAccount();
    const command = fixture.command({ accountId });
    await fixture.publish(command);
    await endOnRecord(command, { state: "sent", externalIds: ["x"] });
    await pass(accountId);
    const { jsm } = fixture.bus;
    const { name } = streams.outbound;
    const query = { seq: 1, next_by_subj: `mio.outbound.*.${accountId}.>` };
    const stored = await jsm.streams.getMessage(name, query);
    if (stored === null) throw new Error("the command is on the stream");
    await jsm.streams.deleteMessage(name, stored.seq);
    const logs = captureLogs();
    const leftBehind = createLeftBehind({
      bus: fixture.bus,
      records: createRecords(fixture.store.pool),
      clock: systemClock,
      logger: createLogger({ service: "test", level: "info", pretty: false, ...logs }),
      endStored: () => Promise.reject(new Error("it is on record as sent")),
    });
    expect(await leftBehind.isInTheWay(stored, accountId, new AbortController().signal)).toBe(false);
    expect(logs.lines).toEqual([]);
  });

  it("are found even when no command follows", async () => {
    const accountId = await fixture.anAccount();
    const [ended, missed] = [fixture.command({ accountId }), fixture.command({ accountId })];
    for (const command of [ended, missed]) await fixture.publish(command);
    await endOnRecord(ended, { state: "suppressed", externalIds: [], code: "c", reason: "r" });
    await pass(accountId);
    const later = fixture.command({ accountId });
    await fixture.publish(later);
    const carriedOut: number[] = [];
    const leftBehind = createLeftBehind({
      bus: fixture.bus,
      records: createRecords(fixture.store.pool),
      clock: systemClock,
      logger: createLogger({ service: "test", level: "silent" }),
      endStored: async ({ seq }) => {
        carriedOut.push(seq);
        return await fixture.bus.jsm.streams.deleteMessage(streams.outbound.name, seq);
      },
    });
    await leftBehind.sweep(accountId, new AbortController().signal);
    expect(carriedOut).toHaveLength(1);
    const subject = `mio.outbound.*.${accountId}.>`;
    const { state } = await fixture.bus.jsm.streams.info(streams.outbound.name, { subjects_filter: subject });
    expect(state.subjects).toEqual({
      [`mio.outbound.zoho_cliq.${accountId}.${later.conversationId}`]: 1,
    });
  });
});
