import { timestampDate } from "@bufbuild/protobuf/wkt";
import { completeEnvelope, encodeMessage, inboundDedupId, inboundSubject, newId } from "@mio/envelope";
import { type ConversationKind, ConversationKindSchema, type Message } from "@mio/proto";
import { createGroupCommit, type GroupEntry, type Joined } from "./group-commit.ts";
import type { LedgerResult, LedgerRow } from "./ledger-statement.ts";
import type { Db } from "./store.ts";
import { writeEvents } from "./write-events.ts";

/** An event that knows its account. `message` is sanitised and has tenant and account set; its own ids are empty. */
export interface LedgerDraft {
  readonly message: Message;
  /** The kind of the conversation itself. It fills a row that has none; it never replaces a known kind. */
  readonly containerKind: ConversationKind;
  readonly traceparent?: string | undefined;
}

/** An event in the ledger, with everything the bus needs. */
export interface LedgerEntry {
  /** `fresh`: recorded by this call. `pending`: known, not confirmed by the bus yet. `published`: known and confirmed. */
  readonly status: "fresh" | "pending" | "published";
  readonly messageId: string;
  readonly conversationId: string;
  readonly subject: string;
  readonly dedupId: string;
  /** The complete encoded message. */
  readonly envelope: Uint8Array;
}

export interface Ledger {
  /**
   * Records one event: conversation, message and outbox row in one statement, shared with the events
   * that arrive at the same time. Entries are handed back in the order of the calls.
   *
   * Repeating a call is safe: identity is (account, source message id).
   *
   * @throws MioError `store.overloaded` at capacity, `store.write_failed` when Postgres refuses.
   */
  accept(draft: LedgerDraft): Promise<LedgerEntry>;
  /** Events waiting for Postgres. */
  depth(): number;
}

export interface LedgerOptions {
  /** Events waiting or being written, beyond which `accept` refuses. Default 4096. */
  readonly maxQueued?: number;
  /** Default 256 events in one statement. */
  readonly maxBatch?: number;
  /** Default 2 statements at a time. */
  readonly maxInFlight?: number;
}

/** Creates the ledger on a pool. */
export function createLedger(db: Db, options: LedgerOptions = {}): Ledger {
  const group = createGroupCommit<LedgerRow & GroupEntry, LedgerResult>({
    write: (batch) => writeEvents(db, batch),
    maxBatch: options.maxBatch ?? 256,
    maxInFlight: options.maxInFlight ?? 2,
    maxQueued: options.maxQueued ?? 4096,
  });
  return {
    async accept(draft) {
      const row = toRow(draft);
      const key = `${row.accountId}\n${row.sourceMessageId}`;
      const waitsFor = row.targetSourceId === null ? undefined : `${row.accountId}\n${row.targetSourceId}`;
      const joined = await group.submit({ ...row, key, waitsFor: waitsFor === key ? undefined : waitsFor });
      return toEntry(draft.message, row.draft, joined);
    },
    depth: group.depth,
  };
}

function toRow({ message, containerKind, traceparent }: LedgerDraft): LedgerRow {
  return {
    messageId: newId(),
    tenantId: message.tenantId,
    accountId: message.accountId,
    channelType: message.channelType,
    conversationId: newId(),
    conversationExternalId: message.conversationExternalId,
    conversationKind: ConversationKindSchema.value[containerKind]?.name ?? "CONVERSATION_KIND_UNSPECIFIED",
    conversationName: message.attributes["conversation_display_name"] ?? null,
    sourceMessageId: message.sourceMessageId,
    targetSourceId: message.relation?.targetExternalId || null,
    senderExternalId: message.sender?.externalId ?? "",
    receivedAt: message.receivedAt === undefined ? new Date() : timestampDate(message.receivedAt),
    draft: encodeMessage(message),
    traceparent: traceparent ?? null,
  };
}

function toEntry(message: Message, draft: Uint8Array, { result, leader }: Joined<LedgerResult>): LedgerEntry {
  return {
    status: leader || result.status !== "fresh" ? result.status : "pending",
    messageId: result.messageId,
    conversationId: result.conversationId,
    subject: inboundSubject({
      channelType: message.channelType,
      accountId: message.accountId,
      conversationId: result.conversationId,
    }),
    dedupId: inboundDedupId(message.accountId, message.sourceMessageId),
    envelope: completeEnvelope(result.recordedDraft ?? draft, {
      id: result.messageId,
      tenantId: message.tenantId,
      accountId: message.accountId,
      conversationId: result.conversationId,
      threadRootMessageId: result.threadRootMessageId,
      relationTargetMessageId: result.relationTargetMessageId,
    }),
  };
}
