import { create } from "@bufbuild/protobuf";
import { decodeMessage, newId } from "@mio/envelope";
import { ConversationKind, MessageRelation_Kind, MessageRelationSchema } from "@mio/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createLedger,
  ensureAccount,
  findConversations,
  type Ledger,
  readOutbox,
  removeFromOutbox,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
let ledger: Ledger;
beforeAll(async () => {
  fixture = await storeFixture();
  ledger = createLedger(fixture.store.pool);
});
afterAll(() => fixture[Symbol.asyncDispose]());

const relation = (kind: MessageRelation_Kind, targetExternalId: string) =>
  create(MessageRelationSchema, { kind, targetExternalId });

test("records conversation, message and outbox row, and completes the envelope", async () => {
  const draft = fixture.draft({ text: "halo" });
  const entry = await ledger.accept(draft);
  expect(entry.status).toBe("fresh");
  const message = decodeMessage(entry.envelope);
  expect(message).toMatchObject({ id: entry.messageId, conversationId: entry.conversationId, text: "halo" });
  expect(entry.subject).toBe(`mio.inbound.zoho_cliq.${fixture.accountId}.${entry.conversationId}`);
  expect(entry.dedupId).toBe(`inb:${fixture.accountId}:${draft.message.sourceMessageId}`);
  const { rows } = await fixture.store.pool.query(
    "SELECT m.text, m.attributes, c.kind FROM messages m JOIN conversations c ON c.id = m.conversation_id JOIN outbox o ON o.message_id = m.id WHERE m.id = $1",
    [entry.messageId],
  );
  expect(rows).toEqual([{ text: "", attributes: {}, kind: "CONVERSATION_KIND_CHANNEL_PUBLIC" }]);
});

test("a redelivery is pending while in the outbox and published afterwards, with the same ids", async () => {
  const draft = fixture.draft({ text: "first copy" });
  const first = await ledger.accept(draft);
  const again = await ledger.accept({ ...draft, message: { ...draft.message, text: "poorer copy" } });
  expect(again).toMatchObject({ status: "pending", messageId: first.messageId, dedupId: first.dedupId });
  expect(decodeMessage(again.envelope).text).toBe("first copy");
  await removeFromOutbox(fixture.store.pool, [first.messageId]);
  expect(await ledger.accept(draft)).toMatchObject({ status: "published", messageId: first.messageId });
});

test("30 parallel identical events make one row, through one ledger and through two", async () => {
  const draft = fixture.draft();
  const other = createLedger(fixture.store.pool);
  const entries = await Promise.all(
    Array.from({ length: 30 }, (_, at) => (at % 2 === 0 ? ledger : other).accept(draft)),
  );
  expect(entries.filter(({ status }) => status === "fresh")).toHaveLength(1);
  expect(new Set(entries.map(({ messageId }) => messageId)).size).toBe(1);
  const { rowCount } = await fixture.store.pool.query("SELECT FROM messages WHERE source_message_id = $1", [
    draft.message.sourceMessageId,
  ]);
  expect(rowCount).toBe(1);
});

test("two ledgers opening the same new conversation at once agree on its id", async () => {
  const conversationExternalId = newId();
  const other = createLedger(fixture.store.pool);
  const entries = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      (at % 2 === 0 ? ledger : other).accept(fixture.draft({ conversationExternalId })),
    ),
  );
  expect(entries.every(({ status }) => status === "fresh")).toBe(true);
  expect(new Set(entries.map(({ conversationId }) => conversationId)).size).toBe(1);
});

test("returns entries in the order of the calls", async () => {
  const finished: number[] = [];
  await Promise.all(
    Array.from({ length: 600 }, (_, at) => ledger.accept(fixture.draft()).then(() => finished.push(at))),
  );
  expect(finished).toEqual(Array.from({ length: 600 }, (_, at) => at));
});

test("the outbox keeps the order of arrival regardless of ids", async () => {
  const { pool } = fixture.store;
  const [run, conversationExternalId] = [newId(), newId()];
  const say = (nth: number) =>
    ledger.accept(fixture.draft({ conversationExternalId, sourceMessageId: `${run}:${90 - nth}` }));
  // The first event goes alone, the others go together in the next batch.
  const entries = await Promise.all(Array.from({ length: 12 }, (_, nth) => say(nth)));
  const conversationIds = entries.slice(0, 1).map(({ conversationId }) => conversationId);
  const due = { minAgeMs: 3_600_000, conversationIds };
  const waiting = await readOutbox(pool, { due, limit: 100 });
  expect(waiting.map(({ messageId }) => messageId)).toEqual(entries.map(({ messageId }) => messageId));
});

test("resolves target and thread root even if both events arrive at once", async () => {
  const root = fixture.draft();
  const reply = fixture.draft({
    relation: relation(MessageRelation_Kind.REPLY, root.message.sourceMessageId),
  });
  const nested = fixture.draft({
    relation: relation(MessageRelation_Kind.REPLY, reply.message.sourceMessageId),
  });
  const [first, second, third] = await Promise.all([
    ledger.accept(root),
    ledger.accept(reply),
    ledger.accept(nested),
  ]);
  const replied = decodeMessage(second.envelope);
  expect(replied.threadRootMessageId).toBe(first.messageId);
  expect(replied.relation).toMatchObject({
    targetMessageId: first.messageId,
    targetExternalId: root.message.sourceMessageId,
    kind: MessageRelation_Kind.REPLY,
  });
  const nestedMessage = decodeMessage(third.envelope);
  expect(nestedMessage.threadRootMessageId).toBe(first.messageId);
  expect(nestedMessage.relation?.targetMessageId).toBe(second.messageId);
});

test("leaves the ids of an unknown target empty and keeps its external id", async () => {
  const entry = await ledger.accept(
    fixture.draft({ relation: relation(MessageRelation_Kind.REPLY, "never-seen") }),
  );
  expect(decodeMessage(entry.envelope)).toMatchObject({
    threadRootMessageId: "",
    relation: { targetMessageId: "", targetExternalId: "never-seen" },
  });
});

test("stores a conversation's kind and name later and never clears them", async () => {
  const conversationExternalId = newId();
  const say = (containerKind: ConversationKind, name?: string) =>
    ledger.accept({
      ...fixture.draft({
        conversationExternalId,
        attributes: name === undefined ? {} : { conversation_display_name: name },
      }),
      containerKind,
    });
  await say(ConversationKind.UNSPECIFIED);
  await say(ConversationKind.CHANNEL_PRIVATE, "#ops");
  const { conversationId } = await say(ConversationKind.CHANNEL_PUBLIC, "#other");
  const { rows } = await fixture.store.pool.query(
    "SELECT kind, display_name FROM conversations WHERE id = $1",
    [conversationId],
  );
  expect(rows).toEqual([{ kind: "CONVERSATION_KIND_CHANNEL_PRIVATE", display_name: "#ops" }]);
});

test("fails only the event that Postgres rejects", async () => {
  const orphan = fixture.draft({ accountId: newId() });
  const outcomes = await Promise.allSettled([
    ledger.accept(fixture.draft()),
    ledger.accept(orphan),
    ledger.accept(fixture.draft()),
    ledger.accept(fixture.draft()),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({ reason: { code: "store.refused", retry: "never" } });
});

test("matches a repeated event only within its own account", async () => {
  const sourceMessageId = newId();
  const conversationExternalId = newId();
  const other = { id: newId(), tenantId: fixture.tenantId, channelType: "zoho_cliq", externalId: newId() };
  await ensureAccount(fixture.store.pool, { ...other, displayName: "Other" });
  const drafts = [fixture.accountId, other.id].map((accountId) =>
    fixture.draft({ accountId, sourceMessageId, conversationExternalId, text: `of ${accountId}` }),
  );
  const say = (at: number) => ledger.accept(drafts[at] ?? fixture.draft());
  const own = [await say(0), await say(1)];
  expect(own.map(({ status }) => status)).toEqual(["fresh", "fresh"]);
  expect(new Set(own.map(({ conversationId }) => conversationId)).size).toBe(2);
  for (const at of [1, 0]) {
    const again = await say(at);
    expect(again).toMatchObject({
      status: "pending",
      messageId: own[at]?.messageId,
      conversationId: own[at]?.conversationId,
      dedupId: own[at]?.dedupId,
    });
    expect(decodeMessage(again.envelope).text).toBe(drafts[at]?.message.text);
  }
});

test("accounts with the same ids in one statement get separate conversations", async () => {
  const { pool } = fixture.store;
  const ids = { sourceMessageId: newId(), conversationExternalId: newId() };
  const others = Array.from({ length: 7 }, () => newId());
  for (const id of others) {
    const other = { id, tenantId: fixture.tenantId, channelType: "zoho_cliq", externalId: newId() };
    await ensureAccount(pool, { ...other, displayName: "Other" });
  }
  const accountIds = [fixture.accountId, ...others];
  const record = (by: Ledger) =>
    Promise.all(accountIds.map((accountId) => by.accept(fixture.draft({ ...ids, accountId }))));
  // The first event goes alone, the others go together in the next batch.
  const [, own] = await Promise.all([ledger.accept(fixture.draft()), record(ledger)]);
  expect(own.map(({ status }) => status)).toEqual(accountIds.map(() => "fresh"));
  const { rows } = await pool.query<{ account_id: string; id: string; conversation_account: string }>(
    `SELECT m.account_id, m.id, c.account_id AS conversation_account
     FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.source_message_id = $1`,
    [ids.sourceMessageId],
  );
  expect(new Map(rows.map(({ account_id, id }) => [account_id, id]))).toEqual(
    new Map(accountIds.map((accountId, at) => [accountId, own[at]?.messageId])),
  );
  for (const { account_id, conversation_account } of rows) expect(conversation_account).toBe(account_id);
  expect(new Set(own.map(({ conversationId }) => conversationId)).size).toBe(accountIds.length);
  const again = await record(createLedger(pool));
  expect(again.map(({ messageId }) => messageId)).toEqual(own.map(({ messageId }) => messageId));
});

test("matches a second id only within its own account", async () => {
  const secondId = newId();
  const other = { id: newId(), tenantId: fixture.tenantId, channelType: "zoho_cliq", externalId: newId() };
  await ensureAccount(fixture.store.pool, { ...other, displayName: "Other" });
  const say = (accountId: string) =>
    ledger.accept({ ...fixture.draft({ accountId, sourceMessageId: newId() }), secondId });
  const own = [await say(fixture.accountId), await say(other.id)];
  const again = [await say(fixture.accountId), await say(other.id)];
  expect(own.map(({ status }) => status)).toEqual(["fresh", "fresh"]);
  expect(again.map(({ status, messageId }) => [status, messageId])).toEqual(
    own.map(({ messageId }) => ["pending", messageId]),
  );
});

test("resolves a relation only within its own account", async () => {
  const sourceMessageId = newId();
  const other = { id: newId(), tenantId: fixture.tenantId, channelType: "zoho_cliq", externalId: newId() };
  await ensureAccount(fixture.store.pool, { ...other, displayName: "Other" });
  await ledger.accept(fixture.draft({ accountId: other.id, sourceMessageId }));
  const reply = { relation: relation(MessageRelation_Kind.REPLY, sourceMessageId) };
  const early = await ledger.accept(fixture.draft(reply));
  expect(decodeMessage(early.envelope).relation?.targetMessageId).toBe("");
  const own = await ledger.accept(fixture.draft({ sourceMessageId }));
  const late = await ledger.accept(fixture.draft(reply));
  expect(decodeMessage(late.envelope).relation?.targetMessageId).toBe(own.messageId);
});

test("an event repeated under another conversation stays in the recorded one", async () => {
  const draft = fixture.draft({ conversationExternalId: newId() });
  const first = await ledger.accept(draft);
  const moved = { ...draft, message: { ...draft.message, conversationExternalId: newId() } };
  expect(await ledger.accept(moved)).toMatchObject({
    messageId: first.messageId,
    conversationId: first.conversationId,
    subject: first.subject,
  });
});

test("names the newest unconfirmed event of the conversation, from any gateway", async () => {
  const elsewhere = createLedger(fixture.store.pool);
  const [busy, quiet] = [newId(), newId()];
  const say = (by: Ledger, conversationExternalId: string) =>
    by.accept(fixture.draft({ conversationExternalId }));
  const first = await say(ledger, busy);
  const second = await say(elsewhere, busy);
  const third = await say(ledger, busy);
  expect([first, second, third].map(({ waitsBehind }) => waitsBehind)).toEqual([
    undefined,
    first.messageId,
    second.messageId,
  ]);
  expect((await say(ledger, quiet)).waitsBehind).toBeUndefined();
  await removeFromOutbox(fixture.store.pool, [third.messageId, first.messageId]);
  expect((await say(ledger, busy)).waitsBehind).toBe(second.messageId);
});

test("returns the time of its lookup for older events", async () => {
  const before = performance.now();
  const { asOf } = await ledger.accept(fixture.draft());
  expect(asOf).toBeGreaterThanOrEqual(before);
  expect(asOf).toBeLessThanOrEqual(performance.now());
});

test("a conversation keeps the latest address of its messages", async () => {
  const conversationExternalId = newId();
  const after = async (...addresses: readonly (string | undefined)[]) => {
    const accept = (address: string | undefined) =>
      ledger.accept({ ...fixture.draft({ conversationExternalId }), address });
    await Promise.all(addresses.map(accept));
    const { rows } = await fixture.store.pool.query(
      "SELECT address FROM conversations WHERE external_id = $1",
      [conversationExternalId],
    );
    return rows.map(({ address }) => address);
  };
  expect(await after(undefined)).toEqual([null]);
  expect(await after("")).toEqual([""]);
  expect(await after("channel:one")).toEqual(["channel:one"]);
  expect(await after("")).toEqual(["channel:one"]);
  expect(await after(undefined)).toEqual(["channel:one"]);
  expect(await after("channel:two")).toEqual(["channel:two"]);
  // An event with another detail keeps the address.
  const named = fixture.draft({
    conversationExternalId,
    attributes: { conversation_display_name: "Operations" },
  });
  await ledger.accept({ ...named, address: "" });
  expect(await after()).toEqual(["channel:two"]);
});

test("records a new conversation's address from any event of a batch", async () => {
  const batch = async (...addresses: readonly string[]) => {
    const conversationExternalId = newId();
    const rows = addresses.map((address) => ({ ...fixture.draft({ conversationExternalId }), address }));
    const slow = createLedger(fixture.store.pool, { maxInFlight: 1 });
    // The first one occupies the only statement, so that the others share the next one.
    await Promise.all([slow.accept(fixture.draft()), ...rows.map((row) => slow.accept(row))]);
    const place = { id: "", accountId: fixture.accountId, externalId: conversationExternalId };
    const [found = []] = await findConversations(fixture.store.pool, [place]);
    return found.map(({ address }) => address);
  };
  expect(await batch("channel:one", "")).toEqual(["channel:one"]);
  expect(await batch("", "channel:one")).toEqual(["channel:one"]);
  expect(await batch("channel:one", "", "channel:two")).toEqual(["channel:two"]);
  expect(await batch("", "")).toEqual([""]);
});

test("records a new conversation's kind from any event of a batch", async () => {
  const conversationExternalId = newId();
  const draft = () => fixture.draft({ conversationExternalId });
  const slow = createLedger(fixture.store.pool, { maxInFlight: 1 });
  await Promise.all([
    slow.accept(fixture.draft()),
    slow.accept({ ...draft(), containerKind: ConversationKind.UNSPECIFIED }),
    slow.accept(draft()),
  ]);
  const { rows } = await fixture.store.pool.query("SELECT kind FROM conversations WHERE external_id = $1", [
    conversationExternalId,
  ]);
  expect(rows).toEqual([{ kind: "CONVERSATION_KIND_CHANNEL_PUBLIC" }]);
});
