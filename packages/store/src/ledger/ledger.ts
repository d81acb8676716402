import { timestampDate } from "@bufbuild/protobuf/wkt";
import { completeEnvelope, encodeMessage, inboundDedupId, inboundSubject, newId } from "@mio/envelope";
import type { ConversationKind, Message } from "@mio/proto";
import type { Db } from "../connection/store.ts";
import { toConversationKind, toKindName } from "./conversation-kind.ts";
import { createGroupCommit, type GroupEntry } from "./group-commit.ts";
import type { LedgerResult, LedgerRow } from "./ledger-statement.ts";
import { writeEvents } from "./write-events.ts";

/** An event that knows its account. `message` is sanitised and has tenant and account set; its own ids are empty. */
export interface LedgerDraft {
  readonly message: Message;
  /** The kind of the conversation itself. It fills a row that has none; it never replaces a known kind. */
  readonly containerKind: ConversationKind;
  /** A second name of the same event; two events of an account with one second name are the same event. */
  readonly secondId?: string | undefined;
  /**
   * Where the message says that its conversation is, besides the external id; empty when that alone decides, undefined on
   * channels where it always does. The latest one that is not empty stays on record.
   */
  readonly address?: string | undefined;
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
  /**
   * The newest older event of its conversation that the bus had not confirmed, whichever gateway recorded it. Only for
   * `fresh`; it says nothing about events that were recorded after `asOf`.
   */
  readonly waitsBehind: string | undefined;
  /** In milliseconds of `performance.now()`: what was committed before is taken into account. */
  readonly asOf: number;
}

export interface Ledger {
  /**
   * Records one event: conversation, message and outbox row in one statement, shared with the events
   * that arrive at the same time. Entries are handed back in the order of the calls.
   *
   * Repeating a call is safe: identity is (account, source message id), and (account, second id) where there is one.
   * The entry of a known event is the recorded one, whichever name led to it.
   *
   * @throws MioError `store.overloaded` at capacity, `store.write_failed` when Postgres refuses.
   */
  accept(draft: LedgerDraft): Promise<LedgerEntry>;
  /** Events waiting for Postgres. */
  depth(): number;
  /** For how long the oldest of them has been waiting, in milliseconds; 0 when none waits. */
  oldestMs(): number;
}

export interface LedgerOptions {
  /** Events waiting or being written, beyond which `accept` refuses. Default 4096. */
  readonly maxQueued?: number;
  /** Default 256 events in one statement. */
  readonly maxBatch?: number;
  /** Default 2 statements at a time. */
  readonly maxInFlight?: number;
}

/**
 * Measured at 1,000 events per second: statements of one or two events beside each other took the processor that
 * the next ones needed.
 */
const minBeside = 16;

/** Creates the ledger on a pool. */
export function createLedger(db: Db, options: LedgerOptions = {}): Ledger {
  const group = createGroupCommit<LedgerRow & GroupEntry, LedgerResult>({
    write: (batch) => writeEvents(db, batch),
    maxBatch: options.maxBatch ?? 256,
    maxInFlight: options.maxInFlight ?? 2,
    minBeside,
    maxQueued: options.maxQueued ?? 4096,
  });
  return {
    async accept(draft) {
      const entry = toGroupEntry(toRow(draft));
      const { result, written } = await group.submit(entry);
      return toEntry(result, { written, isLeader: written === entry });
    },
    depth: group.depth,
    oldestMs: group.oldestMs,
  };
}

function toGroupEntry(row: LedgerRow): LedgerRow & GroupEntry {
  const { accountId, sourceMessageId, secondSourceId, targetSourceId } = row;
  const key = `${accountId}\n${sourceMessageId}`;
  const alias = secondSourceId === null ? undefined : `second\n${accountId}\n${secondSourceId}`;
  const waitsFor = targetSourceId === null ? undefined : `${accountId}\n${targetSourceId}`;
  return { ...row, key, alias, waitsFor: waitsFor === key ? undefined : waitsFor };
}

function toRow({ message, containerKind, secondId, address, traceparent }: LedgerDraft): LedgerRow {
  return {
    messageId: newId(),
    tenantId: message.tenantId,
    accountId: message.accountId,
    channelType: message.channelType,
    conversationId: newId(),
    conversationExternalId: message.conversationExternalId,
    conversationKind: toKindName(containerKind),
    conversationName: message.attributes["conversation_display_name"] ?? null,
    conversationAddress: address ?? null,
    sourceMessageId: message.sourceMessageId,
    secondSourceId: secondId || null,
    targetSourceId: message.relation?.targetExternalId || null,
    senderExternalId: message.sender?.externalId ?? "",
    receivedAt: message.receivedAt === undefined ? new Date() : timestampDate(message.receivedAt),
    draft: encodeMessage(message),
    traceparent: traceparent ?? null,
  };
}

interface Outcome {
  readonly written: LedgerRow;
  /** False for an event that shared the result of an equal one. */
  readonly isLeader: boolean;
}

function toEntry(result: LedgerResult, { written, isLeader }: Outcome): LedgerEntry {
  const { tenantId, accountId, channelType } = written;
  const { messageId, conversationId, waitsBehind, asOf } = result;
  return {
    status: isLeader || result.status !== "fresh" ? result.status : "pending",
    messageId,
    conversationId,
    waitsBehind,
    asOf,
    subject: inboundSubject({ channelType, accountId, conversationId }),
    dedupId: inboundDedupId(accountId, result.sourceMessageId),
    envelope: completeEnvelope(result.recordedDraft ?? written.draft, {
      id: messageId,
      tenantId,
      accountId,
      conversationId,
      conversationKind: toConversationKind(result.conversationKind),
      threadRootMessageId: result.threadRootMessageId,
      relationTargetMessageId: result.relationTargetMessageId,
    }),
  };
}
