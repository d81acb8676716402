import { create } from "@bufbuild/protobuf";
import { newId } from "@mio/envelope";
import { ConversationKind, MessageRelationSchema } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { aMessage } from "@mio/testkit";
import * as store from "../../src/index.ts";
import type { FilledIds } from "./fill-tables.ts";

type Store = typeof store;
type Db = store.Db;

/** Every function of the package that takes a Db. A missing case is a type error. */
type TableFunction = {
  [Name in keyof Store]: Store[Name] extends (db: infer First, ...rest: never[]) => unknown
    ? unknown extends First
      ? never
      : Db extends First
        ? Name
        : never
    : never;
}[keyof Store];

type Case = (db: Db) => Promise<unknown>;

const minute = 60_000;

/** How each function of the package is called on the large tables. */
export function planCases(ids: FilledIds): Record<TableFunction, Case> {
  return { ...deliveryCases(ids), ...eventCases(ids), ...accountCases(ids) };
}

function deliveryCases(ids: FilledIds) {
  const { tenantId, accountId, commandId, externalId, messageId, busyConversationId: conversationId } = ids;
  const place = { tenantId, accountId, channelType: "slack", conversationId };
  const attempt = { accountId, commandId: "new", owner: "o", attempt: 1 };
  const claim = { ...place, commandId: "new", owner: "o", operation: "send" };
  const now = Date.now();
  return {
    createDeliveryLedger: async (db) => {
      const ledger = store.createDeliveryLedger(db);
      const answers = { externalIds: [externalId, "unknown"], messageId, growingExternalId: externalId };
      const manyCommands = Array.from({ length: 200 }, (_, at) => `one of many ${at}`);
      await Promise.all([
        ledger.claim(claim),
        ledger.claim({ ...claim, commandId }),
        ledger.claim({ ...claim, commandId, redrive: "token" }),
        ledger.claim({ ...claim, commandId: "answer", answers }),
        ledger.claim({ ...claim, commandId: "answer again", answers, redrive: "token" }),
        ...manyCommands.map((each) => ledger.claim({ ...claim, commandId: each, answers })),
      ]);
      const edited = { firstExternalId: externalId, externalIds: [externalId] };
      const sent = { state: "sent", externalIds: ["x"] } as const;
      await Promise.all([
        ledger.end(attempt, { ...sent, edited }),
        ...manyCommands.map((each) => ledger.end({ ...attempt, commandId: each }, sent)),
      ]);
    },
    isAnsweredDeleted: (db) =>
      store.isAnsweredDeleted(db, accountId, { externalIds: [externalId], messageId }),
    takeOverDelivery: (db) => store.takeOverDelivery(db, attempt, ["x", "y"]),
    beatDeliveries: (db) => store.beatDeliveries(db, Array<typeof attempt>(500).fill(attempt)),
    scheduleDelivery: (db) =>
      store.scheduleDelivery(db, { ...place, commandId: "later" }, { dueAt: new Date(now + minute) }),
    findDelivery: (db) => store.findDelivery(db, { accountId, commandId }),
    suppressDelivery: (db) =>
      store.suppressDelivery(
        db,
        { ...place, commandId: "later" },
        { code: "c", reason: "r", inFavorOf: [commandId, "other"] },
      ),
    readInterim: async (db) => {
      await store.readInterim(db, { accountId, externalId });
      await store.readInterim(db, { accountId, externalId: "unknown" });
    },
    findPostedWith: async (db) => {
      await store.findPostedWith(db, { accountId, externalId });
      await store.findPostedWith(db, { accountId, externalId: "unknown" });
    },
    claimedExternalIds: (db) =>
      store.claimedExternalIds(db, {
        accountId,
        conversationId,
        since: new Date(now - 30 * minute),
        exceptCommandId: commandId,
      }),
    isForeignExternalId: (db) =>
      store.isForeignExternalId(db, { accountId, channelType: "slack", externalId }),
    rotateDeliveries: async (db) => {
      await store.rotateDeliveries(db);
      await store.rotateDeliveries(db, 40 * 24 * 60 * minute);
    },
    findOverdueDeliveries: async (db) => {
      await store.findOverdueDeliveries(db, { sinceMs: minute, after: undefined, limit: 100 });
      const after = { dueAt: new Date(now - 60 * minute), commandId };
      await store.findOverdueDeliveries(db, { sinceMs: minute, after, limit: 100 });
    },
    endLostDelivery: (db) =>
      store.endLostDelivery(db, { ...place, commandId, dueAt: new Date(now) }, { code: "c", reason: "r" }),
    recordRedrive: (db) =>
      store.recordRedrive(db, { accountId, commandId, token: newId(), requestedBy: "operator" }),
    purgeRedrives: (db) => store.purgeRedrives(db, new Date(now - minute)),
    readRateBucket: (db) => store.readRateBucket(db, "k"),
    replaceRateBucket: (db) => store.replaceRateBucket(db, "k", { version: 0, state: {} }),
    purgeRateBuckets: async (db) => {
      await store.purgeRateBuckets(db, new Date(now - 60 * 24 * 60 * minute));
      await store.purgeRateBuckets(db, new Date(now - 24 * 60 * minute));
    },
  } satisfies Record<string, Case>;
}

function eventCases(ids: FilledIds) {
  const { tenantId, accountId, messageId, sourceMessageId } = ids;
  const due = { minAgeMs: minute, conversationIds: [ids.busyConversationId] };
  const draft = (source: string, target = "") => {
    const message = aMessage({ tenantId, accountId, sourceMessageId: source, conversationExternalId: "C0" });
    const relation = create(MessageRelationSchema, { targetExternalId: target });
    return {
      message: { ...message, id: "", conversationId: "", threadRootMessageId: "", relation },
      containerKind: ConversationKind.DM,
      secondId: `second of ${source}`,
    };
  };
  return {
    createLedger: async (db) => {
      const ledger = store.createLedger(db);
      await ledger.accept(draft(sourceMessageId));
      await ledger.accept(draft("new", sourceMessageId));
    },
    findSourceMessageId: (db) => store.findSourceMessageId(db, { accountId, messageId }),
    rotateMessages: async (db) => {
      await store.rotateMessages(db);
      await store.rotateMessages(db, 40 * 24 * 60 * minute);
    },
    takeOutboxTurn: (db) => store.takeOutboxTurn(db, { owner: newId(), leaseMs: 1_000, due }),
    endOutboxTurn: (db) => store.endOutboxTurn(db, newId()),
    readOutbox: (db) => store.readOutbox(db, { due, limit: 256 }),
    removeFromOutbox: (db) => store.removeFromOutbox(db, [messageId, newId()]),
    noteOutboxFailure: (db) => store.noteOutboxFailure(db, [messageId], "bus.unavailable"),
    measureOutbox: (db) => store.measureOutbox(db),
  } satisfies Record<string, Case>;
}

function accountCases({ tenantId, accountId, busyConversationId }: FilledIds) {
  const sealed: store.SealedCredentials = {
    authKind: "bot_token",
    ciphertext: Buffer.from("x"),
    keyVersion: 1,
    expiresAt: undefined,
    version: newId(),
  };
  const logger = createLogger({ service: "test", level: "silent" });
  return {
    recordRedrive: (db) =>
      store.recordRedrive(db, { accountId, commandId: "c1", token: newId(), requestedBy: "test" }),
    purgeRedrives: (db) => store.purgeRedrives(db, new Date(0)),
    findUnsafeSettings: (db) => store.findUnsafeSettings(db),
    warnUnlessDurable: (db) => store.warnUnlessDurable(db, logger),
    findAccount: (db) => store.findAccount(db, accountId),
    listUnservedAccounts: (db) => store.listUnservedAccounts(db, ["slack"]),
    listRoutableAccounts: (db) => store.listRoutableAccounts(db, "slack"),
    findConversations: (db) =>
      store.findConversations(db, [{ id: busyConversationId, accountId, externalId: "CT_1" }]),
    readAccountHealth: (db) => store.readAccountHealth(db, accountId),
    markReauthRequired: (db) => store.markReauthRequired(db, accountId, "revoked"),
    markHealthy: (db) => store.markHealthy(db, accountId),
    readCredentials: (db) => store.readCredentials(db, accountId),
    listCredentials: (db) => store.listCredentials(db),
    setCredentials: (db) => store.setCredentials(db, accountId, sealed),
    replaceCredentials: async (db) => {
      await store.replaceCredentials(db, accountId, { staleVersion: undefined, sealed });
      await store.replaceCredentials(db, accountId, { staleVersion: newId(), sealed });
    },
    resealCredentials: (db) => store.resealCredentials(db, accountId, sealed),
    assertWritable: (db) => store.assertWritable(db),
    ensureTenant: (db) => store.ensureTenant(db, { id: tenantId, slug: "plans" }),
    ensureAccount: (db) =>
      store.ensureAccount(db, {
        id: newId(),
        tenantId,
        channelType: "slack",
        externalId: "x",
        displayName: "",
      }),
  } satisfies Record<string, Case>;
}
