import { type Bus, ensureConsumer, type Run, senderPoolOf } from "@mio/bus";
import { newId } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import type { SendCommand } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { createDeliveryLedger } from "@mio/store";
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

function aMustWait(bus: Pick<Bus, "jsm"> = fixture.bus) {
  const { store } = fixture;
  const endStored = () => Promise.reject(new Error("nothing is left behind"));
  const records = createRecords(store.pool);
  const leftBehind = createLeftBehind({ bus: fixture.bus, records, clock: systemClock, logger, endStored });
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
    mustWait({ command, streamSequence, run: undefined, signal }, isPost);
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
    await createDeliveryLedger(store.pool).claim({
      ...command,
      commandId: command.id,
      owner: "o",
      operation: "send",
    });
  const mustWait = aMustWait();
  const look = (command: SendCommand, streamSequence: number) =>
    mustWait({ command, streamSequence, run: undefined, signal }, isPost);
  expect(await look(open, last_seq - 1)).toBe(true);
  const attempt = { ...place, commandId: ended.id, owner: "o", attempt: 1 };
  await createDeliveryLedger(store.pool).end(attempt, { state: "sent", externalIds: [] });
  expect(await look(open, last_seq - 1)).toBe(false);
  // It looks past what ended, and finds what has not.
  expect(await look(last, last_seq)).toBe(true);
  expect(await bus.jsm.streams.getMessage("MESSAGES_OUTBOUND", { seq: last_seq - 2 })).not.toBeNull();
});

/** Stores commands of one conversation; returns their jobs, which belong to no run yet. */
async function storeCommands(count: number, place: { accountId: string; conversationId?: string }) {
  const { bus } = fixture;
  const conversationId = place.conversationId ?? newId();
  const commands = Array.from({ length: count }, () => fixture.command({ ...place, conversationId }));
  for (const command of commands) await fixture.publish(command);
  const { state } = await bus.jsm.streams.info("MESSAGES_OUTBOUND");
  await ensureConsumer(bus, senderPoolOf(place.accountId));
  return commands.map((command, index) => ({
    command,
    streamSequence: state.last_seq - count + 1 + index,
    run: undefined as Run | undefined,
    signal,
  }));
}

const finish = ({ streamSequence }: { readonly streamSequence: number }) =>
  fixture.bus.jsm.streams.deleteMessage("MESSAGES_OUTBOUND", streamSequence);

/** Counts the questions to the stream of commands. */
function countQuestions() {
  const { jsm } = fixture.bus;
  const asked: string[] = [];
  const getMessage: typeof jsm.streams.getMessage = (stream, query) => {
    asked.push(JSON.stringify(query));
    return jsm.streams.getMessage(stream, query);
  };
  return { asked, jsm: { ...jsm, streams: Object.assign(Object.create(jsm.streams), { getMessage }) } };
}

it("waits for commands of other processes, also for one missing behind commands that came back", async () => {
  const accountId = await fixture.anAccount();
  const [first, second, third, fourth, fifth] = await storeCommands(5, { accountId });
  if (!first || !second || !third || !fourth || !fifth) throw new Error("five jobs");
  // A crashed process had the first four. The first of them has come back; the fifth is new.
  await takeCommands(fixture.bus, accountId, 4);
  const mustWait = aMustWait();
  const run: Run = { from: fifth.streamSequence };
  const inRun = { ...fifth, run };
  expect(await mustWait(first, isPost)).toBe(false);
  await finish(first);
  expect(await mustWait(inRun, isPost)).toBe(true);
  await finish(second);
  await finish(third);
  expect(await mustWait(inRun, isPost)).toBe(true);
  await finish(fourth);
  expect(await mustWait(inRun, isPost)).toBe(false);
  // From here on all of it comes to this process, in order: the stream is not asked again.
  const { conversationId } = fifth.command;
  const [sixth] = await storeCommands(1, { accountId, conversationId });
  if (!sixth) throw new Error("one job");
  expect(await mustWait({ ...sixth, run }, isPost)).toBe(false);
  // Except for an edit with an unknown target, which a crashed process may have.
  expect(await mustWait({ ...sixth, run }, { isFallback: true })).toBe(true);
  // After a gap in the deliveries, another process may have the fifth. A redelivery belongs to no run.
  expect(await mustWait({ ...sixth, run: { from: sixth.streamSequence } }, isPost)).toBe(true);
  expect(await mustWait(sixth, isPost)).toBe(true);
});

it("asks once for all conversations of an account when the stream has nothing from before the run", async () => {
  const accountId = await fixture.anAccount();
  const conversations = [];
  for (let index = 0; index < 5; index += 1) conversations.push(await storeCommands(3, { accountId }));
  const jobs = conversations.flat();
  const run: Run = { from: jobs[0]?.streamSequence ?? 0 };
  const { asked, jsm } = countQuestions();
  const mustWait = aMustWait({ jsm });
  const looks = await Promise.all(jobs.map((job) => mustWait({ ...job, run }, isPost)));
  expect(looks).toEqual(jobs.map(() => false));
  expect(asked).toHaveLength(1);
});

it("asks for each conversation while another process has a command, and once more when that has ended", async () => {
  const accountId = await fixture.anAccount();
  const [elsewhere] = await storeCommands(1, { accountId });
  if (!elsewhere) throw new Error("one job");
  await takeCommands(fixture.bus, accountId, 1);
  const [one, two] = [await storeCommands(2, { accountId }), await storeCommands(2, { accountId })];
  const run: Run = { from: one[0]?.streamSequence ?? 0 };
  const { asked, jsm } = countQuestions();
  const mustWait = aMustWait({ jsm });
  const look = async (job: (typeof one)[number]) => {
    const before = asked.length;
    expect(await mustWait({ ...job, run }, isPost)).toBe(false);
    return asked.length - before;
  };
  // For the account, for the posts of the conversation, and for its edits.
  for (const expected of [3, 0]) expect(await look(one[expected === 0 ? 1 : 0] ?? elsewhere)).toBe(expected);
  await finish(elsewhere);
  expect(await look(two[0] ?? elsewhere)).toBe(1);
  const three = await storeCommands(1, { accountId });
  expect(await look(three[0] ?? elsewhere)).toBe(0);
});

it("asks the stream again after a failure", async () => {
  const accountId = await fixture.anAccount();
  const [job] = await storeCommands(1, { accountId });
  if (!job) throw new Error("one job");
  const { jsm } = fixture.bus;
  let isDown = true;
  const getMessage: typeof jsm.streams.getMessage = (stream, query) =>
    isDown ? Promise.reject(new Error("no answer")) : jsm.streams.getMessage(stream, query);
  const streams = Object.assign(Object.create(jsm.streams), { getMessage });
  const mustWait = aMustWait({ jsm: { ...jsm, streams } });
  const inRun = { ...job, run: { from: job.streamSequence } };
  await expect(mustWait(inRun, isPost)).rejects.toMatchObject({ retry: "soon" });
  isDown = false;
  expect(await mustWait(inRun, isPost)).toBe(false);
});
