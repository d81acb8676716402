import { decodeMessage, newId } from "@mio/envelope";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createLedger,
  endOutboxTurn,
  type Ledger,
  maxOfConversation,
  measureOutbox,
  noteOutboxFailure,
  type OutboxDue,
  type OutboxEntry,
  readOutbox,
  removeFromOutbox,
  takeOutboxTurn,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
let ledger: Ledger;
beforeEach(async () => {
  fixture = await storeFixture();
  ledger = createLedger(fixture.store.pool);
});
afterEach(() => fixture[Symbol.asyncDispose]());

const everything: OutboxDue = { minAgeMs: 0, conversationIds: [] };
const onlyOld: OutboxDue = { minAgeMs: 60_000, conversationIds: [] };
const say = (conversationExternalId: string, text: string) =>
  ledger.accept(fixture.draft({ conversationExternalId, text }));
const read = (due = everything, limit = 100) => readOutbox(fixture.store.pool, { due, limit });
const textsOf = (entries: readonly OutboxEntry[]) =>
  entries.map(({ envelope }) => decodeMessage(envelope).text);
const age = (messageId: string, interval: string) =>
  fixture.store.pool.query("UPDATE outbox SET created_at = now() - $2::interval WHERE message_id = $1", [
    messageId,
    interval,
  ]);

describe("reading", () => {
  test("returns recorded events in order and complete", async () => {
    const entries = [];
    for (const text of ["one", "two", "three"]) entries.push(await say("C1", text));
    const waiting = await read();
    expect(textsOf(waiting)).toEqual(["one", "two", "three"]);
    const wire = ({ subject, dedupId, envelope }: Pick<OutboxEntry, "subject" | "dedupId" | "envelope">) => [
      subject,
      dedupId,
      Buffer.from(envelope).toString("hex"),
    ];
    expect(waiting.map(wire)).toEqual(entries.map(wire));
  });

  test("orders a conversation by its commits, not by the clocks of its gateways", async () => {
    const first = await say("C1", "first");
    await say("C1", "second");
    // The id that a gateway with a fast clock would have assigned.
    const late = "ffffffff-ffff-7fff-8fff-ffffffffffff";
    for (const [table, column] of [
      ["messages", "id"],
      ["outbox", "message_id"],
    ]) {
      await fixture.store.pool.query(`UPDATE ${table} SET ${column} = $1 WHERE ${column} = $2`, [
        late,
        first.messageId,
      ]);
    }
    expect(textsOf(await read())).toEqual(["first", "second"]);
  });

  test("takes the whole conversation of a due event and no young event of others", async () => {
    const old = await say("C1", "old");
    await say("C1", "young, behind it");
    await say("C2", "young");
    expect(await read(onlyOld)).toEqual([]);
    await age(old.messageId, "2 minutes");
    expect(textsOf(await read(onlyOld))).toEqual(["old", "young, behind it"]);
  });

  test("takes the requested conversations at any age", async () => {
    const { conversationId } = await say("C1", "asked for");
    await say("C2", "not asked for");
    expect(textsOf(await read({ minAgeMs: 60_000, conversationIds: [conversationId] }))).toEqual([
      "asked for",
    ]);
  });

  test("starts each conversation at its oldest event, despite another's backlog", async () => {
    for (let at = 0; at < 6; at += 1) await say("busy", `busy ${at}`);
    await say("quiet", "quiet 0");
    expect(textsOf(await read(everything, 3))).toEqual(["busy 0", "busy 1", "quiet 0"]);
  });

  test("takes the oldest events of a conversation above the limit", async () => {
    const texts = Array.from({ length: maxOfConversation + 2 }, (_, at) => `${at}`);
    for (const text of texts) await say("busy", text);
    expect(textsOf(await read())).toEqual(texts.slice(0, maxOfConversation));
  });

  test("returns the age of an event", async () => {
    const { messageId } = await say("C1", "old");
    await age(messageId, "10 minutes");
    const [entry] = await read();
    expect(entry?.ageMs).toBeGreaterThanOrEqual(600_000);
    expect(entry?.ageMs).toBeLessThan(660_000);
  });

  test("returns events of gateways of the previous release", async () => {
    const { messageId } = await say("C1", "without a conversation");
    await fixture.store.pool.query("UPDATE outbox SET conversation_id = NULL WHERE message_id = $1", [
      messageId,
    ]);
    expect(textsOf(await read())).toEqual(["without a conversation"]);
  });
});

describe("the turn to relay", () => {
  const [one, two] = [newId(), newId()];
  const take = (owner: string, due = everything, leaseMs = 60_000) =>
    takeOutboxTurn(fixture.store.pool, { owner, leaseMs, due });

  test("belongs to one process until it releases the turn", async () => {
    await say("C1", "waits");
    expect(await take(one)).toBe("taken");
    expect([await take(two), await take(one)]).toEqual(["busy", "taken"]);
    await endOutboxTurn(fixture.store.pool, two);
    expect(await take(two)).toBe("busy");
    await endOutboxTurn(fixture.store.pool, one);
    expect([await take(two), await take(one)]).toEqual(["taken", "busy"]);
  });

  test("passes on when its process has not renewed the lease", async () => {
    await say("C1", "waits");
    expect(await take(one, everything, 0)).toBe("taken");
    expect(await take(two)).toBe("taken");
  });

  test("is not acquired while nothing is due", async () => {
    expect(await take(one)).toBe("nothing_due");
    await say("C1", "young");
    expect(await take(one, onlyOld)).toBe("nothing_due");
    expect(await take(two)).toBe("taken");
  });

  test("goes to one of several concurrent processes", async () => {
    await say("C1", "waits");
    const turns = await Promise.all(Array.from({ length: 6 }, () => take(newId())));
    expect(turns.toSorted()).toEqual(["busy", "busy", "busy", "busy", "busy", "taken"]);
  });
});

test("records why the bus rejected an event", async () => {
  const { messageId } = await say("C1", "refused");
  await noteOutboxFailure(fixture.store.pool, [messageId], "bus.unavailable");
  await noteOutboxFailure(fixture.store.pool, [messageId], "bus.too_large");
  expect((await read()).map(({ attempts }) => attempts)).toEqual([2]);
  const { rows } = await fixture.store.pool.query("SELECT last_error FROM outbox");
  expect(rows).toEqual([{ last_error: "bus.too_large" }]);
});

test("measures count and age of waiting events", async () => {
  const entry = await say("C1", "waits");
  await age(entry.messageId, "1 hour");
  await say("C1", "younger");
  const measured = await measureOutbox(fixture.store.pool);
  expect(measured.pending).toBe(2);
  expect(measured.oldestSeconds).toBeGreaterThanOrEqual(3_600);
  await removeFromOutbox(
    fixture.store.pool,
    (await read()).map(({ messageId }) => messageId),
  );
  expect(await measureOutbox(fixture.store.pool)).toEqual({ pending: 0, oldestSeconds: 0 });
});
