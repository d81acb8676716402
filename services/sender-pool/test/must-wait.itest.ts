import { ensureConsumer, senderPoolOf } from "@mio/bus";
import { newId, outboundSubject } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { claimDelivery, endAttempt } from "@mio/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRecords } from "../src/job/records.ts";
import { createLongWaits, createMustWait } from "../src/pipeline/keep-order.ts";
import { createLeftBehind } from "../src/stored/left-behind.ts";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { takeCommands } from "./take-commands.ts";

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const isPost = { isFallback: false };
const { signal } = new AbortController();
const logger = createLogger({ service: "test", level: "silent" });

function aMustWait(onReconnect = fixture.bus.onReconnect) {
  const { store } = fixture;
  const bus = { jsm: fixture.bus.jsm, onReconnect };
  const endStored = () => Promise.reject(new Error("nothing is left behind"));
  const records = createRecords(store.pool);
  const leftBehind = createLeftBehind({ bus, records, clock: systemClock, logger, endStored });
  return createMustWait({ bus, leftBehind, longWaits: createLongWaits({ clock: systemClock, logger }) });
}

it("waits for an edit, whose subject names what it edits, and for a post before it", async () => {
  const { bus } = fixture;
  const place = { accountId: await fixture.anAccount(), conversationId: newId() };
  const edit = fixture.command({ ...place, editOfMessageId: newId() });
  const [post, other] = [fixture.command(place), fixture.command({ ...place, editOfMessageId: newId() })];
  for (const command of [edit, post, other]) await fixture.publish(command);
  const { last_seq } = (await bus.jsm.streams.info("MESSAGES_OUTBOUND")).state;
  await ensureConsumer(bus, senderPoolOf(place.accountId));
  await takeCommands(fixture.bus, place.accountId, 3);
  const mustWait = aMustWait();
  const look = (command: SendCommand, streamSequence: number) =>
    mustWait({ command, streamSequence, pinEpoch: "now", signal }, isPost);
  expect(await look(edit, last_seq - 2)).toBe(false);
  expect(await look(post, last_seq - 1)).toBe(true);
  await bus.jsm.streams.deleteMessage("MESSAGES_OUTBOUND", last_seq - 2);
  expect(await look(post, last_seq - 1)).toBe(false);
  expect(await look(other, last_seq)).toBe(true);
});

it("does not wait for a command that ended on record, and leaves the receipt to its owner", async () => {
  const { bus, store } = fixture;
  const place = { accountId: await fixture.anAccount(), conversationId: newId() };
  const [ended, open, last] = [fixture.command(place), fixture.command(place), fixture.command(place)];
  for (const command of [ended, open, last]) await fixture.publish(command);
  const { last_seq } = (await bus.jsm.streams.info("MESSAGES_OUTBOUND")).state;
  await ensureConsumer(bus, senderPoolOf(place.accountId));
  await takeCommands(fixture.bus, place.accountId, 3);
  for (const command of [ended, open])
    await claimDelivery(store.pool, { ...command, commandId: command.id, owner: "o", operation: "send" });
  const mustWait = aMustWait();
  const look = (command: SendCommand, streamSequence: number) =>
    mustWait({ command, streamSequence, pinEpoch: "now", signal }, isPost);
  expect(await look(open, last_seq - 1)).toBe(true);
  const attempt = { ...place, commandId: ended.id, owner: "o", attempt: 1 };
  await endAttempt(store.pool, attempt, { state: "sent", externalIds: [] });
  expect(await look(open, last_seq - 1)).toBe(false);
  // It looks past what ended, and finds what has not.
  expect(await look(last, last_seq)).toBe(true);
  expect(await bus.jsm.streams.getMessage("MESSAGES_OUTBOUND", { seq: last_seq - 2 })).not.toBeNull();
});

it("waits for commands of other processes, also for one missing behind commands that came back", async () => {
  const { bus } = fixture;
  const accountId = await fixture.anAccount();
  const conversationId = newId();
  const commands = Array.from({ length: 5 }, () => fixture.command({ accountId, conversationId }));
  for (const command of commands) await fixture.publish(command);
  const { state } = await bus.jsm.streams.info("MESSAGES_OUTBOUND");
  const jobs = commands.map((command, index) => ({
    command,
    streamSequence: state.last_seq - 4 + index,
    pinEpoch: "now",
    signal,
  }));
  const [first, second, third, fourth, fifth] = jobs;
  if (!first || !second || !third || !fourth || !fifth) throw new Error("five jobs");
  await ensureConsumer(bus, senderPoolOf(accountId));
  // A crashed process had the first four. The first of them has come back; the fifth is new.
  await takeCommands(fixture.bus, accountId, 4);
  let lostConnection = (): void => {};
  const mustWait = aMustWait((listener) => {
    lostConnection = listener;
    return () => {};
  });
  const finish = ({ streamSequence }: typeof first) =>
    bus.jsm.streams.deleteMessage("MESSAGES_OUTBOUND", streamSequence);
  expect(await mustWait(first, isPost)).toBe(false);
  await finish(first);
  expect(await mustWait(fifth, isPost)).toBe(true);
  await finish(second);
  await finish(third);
  expect(await mustWait(fifth, isPost)).toBe(true);
  await finish(fourth);
  expect(await mustWait(fifth, isPost)).toBe(false);
  // From here on all of it comes to this pinEpoch, in order: the stream is not asked again.
  const sixth = fixture.command({ accountId, conversationId });
  await fixture.publish(sixth);
  expect(await mustWait({ ...fifth, command: sixth, streamSequence: state.last_seq + 1 }, isPost)).toBe(
    false,
  );
  expect(await mustWait({ ...fifth, pinEpoch: "later", streamSequence: state.last_seq + 1 }, isPost)).toBe(
    true,
  );
  // Except for an edit with an unknown target, which a crashed process may have.
  const asFallback = { isFallback: true };
  expect(await mustWait({ ...fifth, command: sixth, streamSequence: state.last_seq + 1 }, asFallback)).toBe(
    true,
  );
  // A delivery in the meantime may have been lost with the connection.
  lostConnection();
  expect(await mustWait({ ...fifth, command: sixth, streamSequence: state.last_seq + 1 }, isPost)).toBe(true);
  expect(outboundSubject(sixth)).toContain(accountId);
});

it("asks for the delivered sequence again after a failure", async () => {
  const { bus } = fixture;
  const accountId = await fixture.anAccount();
  const command = fixture.command({ accountId });
  await fixture.publish(command);
  const streamSequence = (await bus.jsm.streams.info("MESSAGES_OUTBOUND")).state.last_seq;
  const mustWait = aMustWait();
  const look = () => mustWait({ command, streamSequence, pinEpoch: "now", signal }, isPost);
  // The consumer is gone for a while, as after a restore.
  await expect(look()).rejects.toMatchObject({ retry: "soon" });
  await ensureConsumer(bus, senderPoolOf(accountId));
  expect(await look()).toBe(false);
});
