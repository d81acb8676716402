import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { encodeCommand, newId, outboundSubject } from "@mio/envelope";
import { DeliveryReceipt_State, MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPublishReceipt } from "../src/pipeline/announce.ts";
import { createLostCommands } from "../src/schedule/lost-commands.ts";
import { createOverdueSchedules } from "../src/schedule/overdue-schedules.ts";
import { createSchedule, scheduledSubjects } from "../src/schedule/schedule-commands.ts";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { FAILED } = DeliveryReceipt_State;
const never = new AbortController().signal;
const hour = 3_600_000;
const logger = createLogger({ service: "test", level: "fatal" });
const scheduled = "MESSAGES_SCHEDULED";

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** A server that has lost its timer is one that is late: the sweep's clock is ahead of it. */
function sweepAt(ms: number) {
  const now = { ms };
  const clock = { now: () => new Date(now.ms) };
  return { now, ...createOverdueSchedules({ bus: fixture.bus, clock, logger, graceMs: 60_000 }) };
}

const schedule = () => createSchedule(fixture.bus);
const waiting = async () => (await fixture.bus.jsm.streams.info(scheduled)).state.messages;

async function keep(command: SendCommand, dueAt: number): Promise<void> {
  await schedule().keep(command, { name: command.id, dueAt: new Date(dueAt) });
}

describe("what the server does not move in time", () => {
  beforeEach(async () => {
    await fixture.bus.jsm.streams.purge(scheduled);
    await fixture.bus.jsm.streams.purge("MESSAGES_OUTBOUND");
  });

  it("is moved by the sweep, once and not before the server had its minute", async () => {
    const [due, later] = [fixture.command(), fixture.command()];
    const dueAt = Date.now() + hour;
    await keep(due, dueAt);
    await keep(later, dueAt + 30_000);
    const sweep = sweepAt(dueAt + 59_999);
    expect(await sweep.sweep(never)).toBe(0);
    sweep.now.ms = dueAt + 60_000;
    expect(await sweep.sweep(never)).toBe(1);
    expect(await sweep.sweep(never)).toBe(0);
    expect(await waiting()).toBe(1);
    const moved = await fixture.bus.jsm.streams.getMessage("MESSAGES_OUTBOUND", { last_by_subj: ">" });
    expect(moved?.subject).toBe(outboundSubject(due));
    expect(await fixture.left()).toBe(1);
  });

  it("is found as well when it was kept after the first look, or before the sweep knew of it", async () => {
    const start = Date.now();
    const sweep = sweepAt(start);
    await keep(fixture.command(), start + 3 * hour);
    expect(await sweep.sweep(never)).toBe(0);
    await keep(fixture.command(), start + hour / 2);
    sweep.now.ms = start + hour / 2 + 60_000;
    expect(await sweep.sweep(never)).toBe(1);
    // Too far ahead to be remembered at first.
    sweep.now.ms = start + 3 * hour + 60_000;
    expect(await sweep.sweep(never)).toBe(1);
    expect(await waiting()).toBe(0);
  });

  it("stays when it was taken back or has another time", async () => {
    const start = Date.now();
    const [canceled, moved] = [fixture.command(), fixture.command()];
    await keep(canceled, start + hour);
    await keep(moved, start + hour);
    const sweep = sweepAt(start);
    await sweep.sweep(never);
    await schedule().drop(canceled.accountId, canceled.id);
    await keep(moved, start + 2 * hour);
    sweep.now.ms = start + 1.5 * hour;
    expect(await sweep.sweep(never)).toBe(0);
    sweep.now.ms = start + 2 * hour + 60_000;
    expect(await sweep.sweep(never)).toBe(1);
  });

  it("is found after the stream was re-created, with sequences from 1 again", async () => {
    const start = Date.now();
    const sweep = sweepAt(start);
    const { config } = await fixture.bus.jsm.streams.info(scheduled);
    const makeAgain = async (): Promise<void> => {
      await fixture.bus.jsm.streams.delete(scheduled);
      await fixture.bus.jsm.streams.add(config);
    };
    await makeAgain();
    for (let count = 0; count < 5; count += 1) await keep(fixture.command(), start + hour / 2);
    await sweep.sweep(never);
    await makeAgain();
    await keep(fixture.command(), start + 1.5 * hour);
    // By its number it is one of those that are overdue now.
    sweep.now.ms = start + hour / 2 + 60_000;
    expect(await sweep.sweep(never)).toBe(0);
    sweep.now.ms = start + 1.5 * hour + 60_000;
    expect(await sweep.sweep(never)).toBe(1);
    expect(await fixture.left()).toBe(1);
  });

  it("becomes a dead letter when it cannot be a command", async () => {
    const dueAt = new Date(Date.now() + hour);
    const { wait, due } = scheduledSubjects(fixture.accountId, "odd");
    const headers = [
      ["Nats-Schedule", `@at ${dueAt.toISOString()}`],
      ["Nats-Schedule-Target", due],
    ] as const;
    const payload = new Uint8Array([255, 255]);
    await fixture.bus.publisher.publish({ subject: wait, dedupId: newId(), payload, headers });
    expect(await sweepAt(dueAt.getTime() + 60_000).sweep(never)).toBe(1);
    expect(await waiting()).toBe(0);
    const [letter] = await fixture.deadLetters();
    expect(letter?.header("Mio-Dead-Reason")).toBe("undecodable");
  });
});

describe("a command for later", () => {
  afterEach(async () => {
    await fixture.bus.jsm.streams.purge(scheduled);
    await fixture.bus.jsm.streams.purge("MESSAGES_OUTBOUND");
  });
  const lostCommands = () =>
    createLostCommands({
      bus: fixture.bus,
      db: fixture.store.pool,
      logger,
      publishReceipt: createPublishReceipt({
        publisher: fixture.bus.publisher,
        clock: { now: () => new Date() },
      }),
      graceMs: 120_000,
    });
  const age = (command: SendCommand, minutes: number) =>
    fixture.store.pool.query(
      "UPDATE deliveries SET due_at = now() - $2 * interval '1 minute' WHERE command_id = $1 AND state = 'scheduled'",
      [command.id, minutes],
    );
  const stateOf = async ({ id }: SendCommand) => {
    const text = "SELECT state, code FROM deliveries WHERE command_id = $1";
    return (await fixture.store.pool.query<{ state: string; code: string }>(text, [id])).rows[0];
  };
  async function aScheduled(): Promise<SendCommand> {
    const sendAt = timestampFromDate(new Date(Date.now() + hour));
    const command = fixture.command({ sendAt });
    await fixture.publish(command);
    await eventually(async () => (await stateOf(command))?.state === "scheduled");
    return command;
  }

  it("whose message is gone is reported once; one that still waits is not", async () => {
    const platform = scriptedPlatform({ methods: ["remove"] });
    const commands: SendCommand[] = [];
    {
      await using _pool = await fixture.startPool({ channels: [platform.channel] });
      for (let count = 0; count < 6; count += 1) commands.push(await aScheduled());
      await eventually(async () => (await fixture.left()) === 0);
    }
    const [lost, kept, inLane, young, behindEdit, due] = commands;
    if (!lost || !kept || !inLane || !young || !behindEdit || !due) throw new Error("six commands");
    for (const { accountId, id } of [lost, inLane, young, behindEdit, due])
      await schedule().drop(accountId, id);
    for (const command of [lost, kept, inLane, behindEdit, due]) await age(command, 3);
    await age(young, 1);
    // The server has moved it, and no pool has read it yet.
    await fixture.bus.publisher.publish({
      subject: scheduledSubjects(due.accountId, due.id).due,
      dedupId: newId(),
      payload: encodeCommand(due),
    });
    // Its conversation has something on the stream: perhaps it is that.
    const ahead = fixture.command({
      conversationId: inLane.conversationId,
      relation: { kind: MessageRelation_Kind.DELETE, targetMessageId: newId() },
    });
    await fixture.publish(ahead);
    const { conversationId } = behindEdit;
    await fixture.publish(fixture.command({ conversationId, editOfMessageId: newId() }));
    const { sweep } = lostCommands();
    expect(await sweep(never)).toBe(1);
    expect(await sweep(never)).toBe(0);
    expect(await fixture.receipt(lost.id)).toMatchObject({
      state: FAILED,
      code: "delivery.lost",
      reason: "lost",
    });
    expect(await stateOf(lost)).toEqual({ state: "dead", code: "delivery.lost" });
    const letters = await fixture.deadLetters();
    expect(letters.filter((letter) => letter.header("Mio-Dead-Reason") === "lost")).toHaveLength(1);
    for (const command of [kept, inLane, young, behindEdit, due])
      expect(await stateOf(command)).toMatchObject({ state: "scheduled" });
    // After a day in the stream it cannot be there either.
    await age(inLane, 60 * 26);
    expect(await sweep(never)).toBe(1);
    expect(await fixture.receipts(kept.id)).toEqual([]);
  });

  it("that is lost is reported by the pools", async () => {
    const platform = scriptedPlatform();
    let lost: SendCommand | undefined;
    {
      await using _pool = await fixture.startPool({ channels: [platform.channel] });
      lost = await aScheduled();
      await eventually(async () => (await fixture.left()) === 0);
    }
    await schedule().drop(lost.accountId, lost.id);
    await age(lost, 3);
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    expect(await fixture.receipt(lost.id)).toMatchObject({ state: FAILED, reason: "lost" });
    expect(platform.calls).toEqual([]);
  });
});
