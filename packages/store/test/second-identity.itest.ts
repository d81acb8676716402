import { decodeMessage, newId } from "@mio/envelope";
import { ConversationKind } from "@mio/proto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  createLedger,
  ensureAccount,
  type Ledger,
  type LedgerDraft,
  type LedgerEntry,
  readOutbox,
  removeFromOutbox,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
/** Two gateways on one database. */
let ledgers: readonly [Ledger, Ledger];
beforeAll(async () => {
  fixture = await storeFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());
beforeEach(() => {
  ledgers = [createLedger(fixture.store.pool), createLedger(fixture.store.pool)];
});

const acceptAll = (drafts: readonly LedgerDraft[]): Promise<readonly LedgerEntry[]> =>
  Promise.all(drafts.map((draft, at) => ledgers[at % 2 === 0 ? 0 : 1].accept(draft)));
const named = (sourceMessageId: string, secondId?: string): LedgerDraft => ({
  ...fixture.draft({ sourceMessageId }),
  secondId,
});
const idsOf = (entries: readonly LedgerEntry[]): number =>
  new Set(entries.map(({ messageId }) => messageId)).size;
const freshOf = (entries: readonly LedgerEntry[]): number =>
  entries.filter(({ status }) => status === "fresh").length;

test("eleven deliveries of one message with different event ids are one message", async () => {
  const { message, containerKind } = fixture.draft();
  const entries = await acceptAll(
    Array.from({ length: 11 }, (_, at) => ({
      message: { ...message, attributes: { event_id: `Ev${at}` } },
      containerKind,
    })),
  );
  expect([idsOf(entries), freshOf(entries)]).toEqual([1, 1]);
});

test.each(["at once", "one after the other"])(
  "a gesture with two source ids is one message, %s",
  async (how) => {
    const [first, second] = [named(newId(), newId()), named(newId())];
    const twins = [first, { ...second, secondId: first.secondId }];
    const entries =
      how === "at once"
        ? await Promise.all(twins.map((draft) => ledgers[0].accept(draft)))
        : [await ledgers[0].accept(first), await ledgers[1].accept({ ...second, secondId: first.secondId })];
    expect([idsOf(entries), freshOf(entries)]).toEqual([1, 1]);
    // Every copy publishes the recorded event, so that the bus deduplicates it.
    expect(new Set(entries.map(({ dedupId }) => dedupId)).size).toBe(1);
    for (const { envelope, messageId } of entries) {
      const { id, sourceMessageId } = decodeMessage(envelope);
      expect([id, sourceMessageId]).toEqual([messageId, first.message.sourceMessageId]);
    }
  },
);

test("a known gesture under another source id is pending, then published", async () => {
  const secondId = newId();
  const recorded = await ledgers[0].accept(named(newId(), secondId));
  const { dedupId, messageId, envelope } = recorded;
  expect(await ledgers[1].accept(named(newId(), secondId))).toMatchObject({
    status: "pending",
    dedupId,
    messageId,
    envelope,
  });
  await removeFromOutbox(fixture.store.pool, [messageId]);
  expect(await ledgers[1].accept(named(newId(), secondId))).toMatchObject({
    status: "published",
    dedupId,
    messageId,
  });
});

test("two gateways that get a message and its mention at once record one message", async () => {
  for (let round = 0; round < 30; round += 1) {
    const [sourceId, secondId] = [newId(), newId()];
    const message = named(sourceId, secondId);
    const mention = { ...named(sourceId, secondId), containerKind: ConversationKind.UNSPECIFIED };
    const entries = await acceptAll([message, mention, mention, message]);
    expect([idsOf(entries), freshOf(entries)]).toEqual([1, 1]);
  }
});

test("the same second id in two accounts makes two messages", async () => {
  const other = newId();
  const { tenantId } = fixture;
  await ensureAccount(fixture.store.pool, {
    id: other,
    tenantId,
    channelType: "zoho_cliq",
    externalId: other,
    displayName: "Other",
  });
  const secondId = newId();
  const [first, second] = [named(newId(), secondId), named(newId(), secondId)];
  const drafts = [first, { ...second, message: { ...second.message, accountId: other } }];
  // In one ledger both wait for the same statement.
  const entries = await Promise.all(drafts.map((draft) => ledgers[0].accept(draft)));
  expect(entries.map(({ status }) => status)).toEqual(["fresh", "fresh"]);
  expect(idsOf(entries)).toBe(2);
});

test("each gesture is one message, however deliveries interleave", async () => {
  const gesture = fc.record({
    sources: fc.integer({ min: 1, max: 3 }),
    hasSecond: fc.boolean(),
    deliveries: fc.integer({ min: 1, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(gesture, { minLength: 1, maxLength: 12 }), fc.gen(), async (gestures, gen) => {
      const run = newId();
      const deliveries = gestures.flatMap(({ sources, hasSecond, deliveries: count }, at) =>
        Array.from({ length: count }, (_, nth) => ({
          gesture: at,
          // Without a second id, only an equal source id marks a copy.
          draft: named(
            `${run}:${at}:${hasSecond ? nth % sources : 0}`,
            hasSecond ? `${run}:${at}` : undefined,
          ),
        })),
      );
      const shuffled = gen(fc.shuffledSubarray, deliveries, {
        minLength: deliveries.length,
        maxLength: deliveries.length,
      });
      const entries = await acceptAll(shuffled.map(({ draft }) => draft));
      expect([idsOf(entries), freshOf(entries)]).toEqual([gestures.length, gestures.length]);
      const byGesture = new Set(entries.map(({ messageId }, at) => `${shuffled[at]?.gesture} ${messageId}`));
      expect(byGesture.size).toBe(gestures.length);
    }),
    { numRuns: 40 },
  );
});

test("an event without a kind gets the recorded one; an event with a kind keeps it", async () => {
  const conversationExternalId = newId();
  const say = async (conversationKind: ConversationKind, containerKind: ConversationKind) => {
    const draft = fixture.draft({ conversationExternalId, conversationKind });
    return decodeMessage((await ledgers[0].accept({ ...draft, containerKind })).envelope).conversationKind;
  };
  const { UNSPECIFIED, CHANNEL_PRIVATE, THREAD } = ConversationKind;
  expect(await say(UNSPECIFIED, UNSPECIFIED)).toBe(UNSPECIFIED);
  // One statement records the kind and returns it.
  expect(await Promise.all([say(UNSPECIFIED, UNSPECIFIED), say(CHANNEL_PRIVATE, CHANNEL_PRIVATE)])).toEqual([
    expect.toBeOneOf([UNSPECIFIED, CHANNEL_PRIVATE]),
    CHANNEL_PRIVATE,
  ]);
  expect(await say(UNSPECIFIED, UNSPECIFIED)).toBe(CHANNEL_PRIVATE);
  expect(await say(THREAD, CHANNEL_PRIVATE)).toBe(THREAD);
});

test("the relay returns the kind too", async () => {
  const conversationExternalId = newId();
  const unknown = { conversationExternalId, conversationKind: ConversationKind.UNSPECIFIED };
  await ledgers[0].accept(fixture.draft({ conversationExternalId }));
  const { message } = fixture.draft(unknown);
  const { messageId } = await ledgers[0].accept({ message, containerKind: ConversationKind.UNSPECIFIED });
  const due = { minAgeMs: 0, conversationIds: [] };
  const waiting = await readOutbox(fixture.store.pool, { due, limit: 100_000 });
  const entry = waiting.find((each) => each.messageId === messageId);
  expect(decodeMessage(entry?.envelope ?? new Uint8Array()).conversationKind).toBe(
    ConversationKind.CHANNEL_PUBLIC,
  );
});

test("two gateways that record the same gestures in opposite order both succeed", async () => {
  const gestures = Array.from({ length: 40 }, () => newId());
  const deliver = (ledger: Ledger, secondIds: readonly string[]) =>
    Promise.all(secondIds.map((secondId) => ledger.accept(named(newId(), secondId))));
  const entries = await Promise.all([
    deliver(ledgers[0], gestures),
    deliver(ledgers[1], gestures.toReversed()),
  ]);
  expect([idsOf(entries.flat()), freshOf(entries.flat())]).toEqual([40, 40]);
});
