import { ensureConsumer, senderPoolOf } from "@mio/bus";
import { newId, outboundSubject } from "@mio/envelope";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMustWait } from "../src/delivery/must-wait.ts";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** Takes commands off the account's consumer and lets nobody know how they end. */
async function deliver(accountId: string, count: number): Promise<void> {
  const { nc } = fixture.bus;
  const inbox = `test-${newId()}`;
  const taken = nc.subscribe(inbox, { max: count });
  const request = { batch: count, expires: 2_000_000_000, group: "sender-pool" };
  const subject = `$JS.API.CONSUMER.MSG.NEXT.MESSAGES_OUTBOUND.sender-pool-${accountId}`;
  nc.publish(subject, JSON.stringify(request), { reply: inbox });
  for await (const _message of taken);
}

const isPost = { isFallback: false };

it("waits for what other processes hold, also for a hole behind commands that came back before it", async () => {
  const { bus } = fixture;
  const accountId = await fixture.anAccount();
  const conversationId = newId();
  const commands = Array.from({ length: 5 }, () => fixture.command({ accountId, conversationId }));
  for (const command of commands) await fixture.publish(command);
  const { state } = await bus.jsm.streams.info("MESSAGES_OUTBOUND");
  const jobs = commands.map((command, index) => ({
    command,
    streamSequence: state.last_seq - 4 + index,
    tenure: "now",
  }));
  const [first, second, third, fourth, fifth] = jobs;
  if (!first || !second || !third || !fourth || !fifth) throw new Error("five jobs");
  await ensureConsumer(bus, senderPoolOf(accountId));
  // A process that died had the first four; of those the first has come back, and the fifth is new.
  await deliver(accountId, 4);
  const mustWait = createMustWait(bus);
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
  // From here on all of it comes to this tenure, in order: the stream is not asked again.
  const sixth = fixture.command({ accountId, conversationId });
  await fixture.publish(sixth);
  expect(await mustWait({ ...fifth, command: sixth, streamSequence: state.last_seq + 1 }, isPost)).toBe(
    false,
  );
  expect(await mustWait({ ...fifth, tenure: "later", streamSequence: state.last_seq + 1 }, isPost)).toBe(
    true,
  );
  expect(outboundSubject(sixth)).toContain(accountId);
});
