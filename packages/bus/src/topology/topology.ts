import { streamNames } from "@mio/jetstream";

/** A stream: what it keeps and for how long. Times in milliseconds, sizes in bytes. */
export interface StreamDeclaration {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `workqueue` removes a message once it is acknowledged; `limits` keeps it for `maxAgeMs`. */
  readonly retention: "limits" | "workqueue";
  readonly maxAgeMs: number;
  /** Within it a second message with the same `Nats-Msg-Id` is stored once. */
  readonly duplicateWindowMs: number;
  /** Size on file storage, an eighth of it in memory; -1 is what the server has. */
  readonly maxBytes: number;
  /** The size with which earlier versions dropped the oldest messages, read or not. */
  readonly formerMaxBytes?: number;
  /** Headers included. */
  readonly maxMessageBytes: number;
  /** What happens at a size limit, ours or an operator's: the oldest goes, or the new one is refused. */
  readonly discard: "old" | "new";
  /** Each stored message rings here: its headers without its bytes, for whoever must know that it came. */
  readonly notify?: { readonly from: string; readonly to: string };
  /** Messages that wait for their time are kept here, and moved within the stream when it has come. */
  readonly keepsSchedules?: boolean;
}

/** A durable pull consumer. Acknowledgement is explicit and delivery starts with the oldest message. */
export interface ConsumerDeclaration {
  readonly durable: string;
  readonly stream: StreamDeclaration;
  /** Only these subjects; without it the whole stream. */
  readonly filter?: string;
  /** Silence after which a delivery counts as lost; `consume` sends a sign of life three times as often. */
  readonly ackWaitMs: number;
  /** Unacknowledged deliveries of all replicas together. */
  readonly maxAckPending: number;
  /** Attempts after which a message goes to the dead letters. */
  readonly maxAttempts: number;
  /**
   * Of all processes that pull, one gets the messages until it is silent for `ttlMs`; then the next does. A delivery tells
   * by its `pinEpoch` under whose turn it came.
   */
  readonly pinned?: { readonly group: string; readonly ttlMs: number };
  /** The server removes a consumer that nobody pulls from for so long. */
  readonly removedAfterMs?: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const mib = 1 << 20;

/** Less than the server's usual 1 MiB, so that a dead letter has room for its additional headers. */
const maxMessageBytes = mib - 16 * 1_024;

/** The name by which code calls a stream. */
export type StreamKey =
  | "inbound"
  | "attachments"
  | "enriched"
  | "outbound"
  | "scheduled"
  | "deadLetters"
  | "receipts";

/** The name by which code calls a consumer. */
export type ConsumerKey = "mediaVault" | "attachments" | "archiver" | "senderPool" | "scheduler" | "agents";

/**
 * Every stream of Mio; names, subjects, ages and windows are frozen by the wire contract. Unread messages are dropped
 * for their age alone: a disk that is full refuses new messages, which their publishers keep.
 */
export const streams: Readonly<Record<StreamKey, StreamDeclaration>> = {
  inbound: {
    name: streamNames.inbound,
    subjects: ["mio.inbound.>"],
    retention: "limits",
    maxAgeMs: 7 * day,
    duplicateWindowMs: 2 * minute,
    maxBytes: -1,
    formerMaxBytes: 2_048 * mib,
    maxMessageBytes,
    discard: "new",
  },
  /** Messages whose attachments are still to be fetched, and the events that wait for such a message. */
  attachments: {
    name: streamNames.attachments,
    subjects: ["mio.attachments.>"],
    retention: "workqueue",
    maxAgeMs: 7 * day,
    duplicateWindowMs: 2 * minute,
    maxBytes: -1,
    maxMessageBytes,
    discard: "new",
  },
  enriched: {
    name: streamNames.enriched,
    subjects: ["mio.inbound_enriched.>"],
    retention: "limits",
    maxAgeMs: 7 * day,
    // The server keeps every id of the window in memory. The vault itself looks for older messages.
    duplicateWindowMs: 10 * minute,
    maxBytes: -1,
    formerMaxBytes: 2_048 * mib,
    maxMessageBytes,
    discard: "new",
  },
  outbound: {
    name: streamNames.outbound,
    subjects: ["mio.outbound.>"],
    retention: "workqueue",
    maxAgeMs: day,
    duplicateWindowMs: minute,
    maxBytes: 512 * mib,
    maxMessageBytes,
    discard: "new",
    notify: { from: "mio.outbound.>", to: "mio.bell.outbound.>" },
  },
  /** Commands that wait for their time, and those whose time has come and that are not moved yet. */
  scheduled: {
    name: streamNames.scheduled,
    subjects: ["mio.scheduled.>"],
    retention: "workqueue",
    maxAgeMs: 400 * day,
    duplicateWindowMs: 2 * minute,
    // The server knows schedules only where the oldest makes room, which would lose one; so nothing makes room, and
    // a server whose disk is full refuses.
    maxBytes: -1,
    maxMessageBytes,
    discard: "old",
    keepsSchedules: true,
  },
  deadLetters: {
    name: streamNames.deadLetters,
    subjects: ["mio.dlq.>"],
    retention: "limits",
    maxAgeMs: 30 * day,
    duplicateWindowMs: 2 * minute,
    maxBytes: -1,
    formerMaxBytes: 512 * mib,
    maxMessageBytes: mib,
    discard: "new",
  },
  receipts: {
    name: streamNames.receipts,
    subjects: ["mio.receipt.>"],
    retention: "limits",
    maxAgeMs: day,
    duplicateWindowMs: 2 * minute,
    maxBytes: -1,
    formerMaxBytes: 256 * mib,
    maxMessageBytes,
    // A receipt that finds no room must not stop the pool.
    discard: "old",
  },
};

/** The durable consumers that Mio's own services and the agents use; names are frozen by the wire contract. */
export const consumers: Readonly<Record<ConsumerKey, ConsumerDeclaration>> = {
  /** Reads every inbound message: publishes it enriched, or queues it on `MESSAGES_ATTACHMENTS`. */
  mediaVault: {
    durable: "media-vault",
    stream: streams.inbound,
    filter: "mio.inbound.>",
    ackWaitMs: 30 * second,
    maxAckPending: 1_000,
    maxAttempts: 20,
    pinned: { group: "media-vault", ttlMs: 6 * second },
  },
  /** Fetches attachments: what all consumers of {@link attachmentsOf} have in common. */
  attachments: {
    durable: "media-vault",
    stream: streams.attachments,
    ackWaitMs: 15 * second,
    maxAckPending: 32,
    maxAttempts: 20,
    removedAfterMs: hour,
  },
  /** Archives every inbound message. */
  archiver: {
    durable: "gcs-archiver",
    stream: streams.inbound,
    filter: "mio.inbound.>",
    ackWaitMs: minute,
    maxAckPending: 10_000,
    maxAttempts: 1_000,
  },
  /** Carries out commands: what all consumers of {@link senderPoolOf} have in common. */
  senderPool: {
    durable: "sender-pool",
    stream: streams.outbound,
    ackWaitMs: 20 * second,
    maxAckPending: 500,
    maxAttempts: 20,
    pinned: { group: "sender-pool", ttlMs: 10 * second },
    removedAfterMs: hour,
  },
  /** Moves commands whose time has come to where commands are carried out. */
  scheduler: {
    durable: "scheduler",
    stream: streams.scheduled,
    filter: "mio.scheduled.due.>",
    ackWaitMs: 30 * second,
    maxAckPending: 1_000,
    maxAttempts: 1_000,
  },
  /** Where agents read unless they name a durable of their own. */
  agents: {
    durable: "ai-consumer-enriched",
    stream: streams.enriched,
    filter: "mio.inbound_enriched.>",
    ackWaitMs: 30 * second,
    maxAckPending: 1_000,
    maxAttempts: 20,
  },
};

/**
 * The consumer of one account's commands: `sender-pool-<account>`. Accounts have one each, so that what waits for one
 * never takes the place of another.
 *
 * @param accountId a subject token
 */
export function senderPoolOf(accountId: string, maxAckPending?: number): ConsumerDeclaration {
  const { senderPool } = consumers;
  return {
    ...senderPool,
    durable: `${senderPool.durable}-${accountId}`,
    filter: `mio.outbound.*.${accountId}.>`,
    maxAckPending: maxAckPending ?? senderPool.maxAckPending,
  };
}

/**
 * The consumer of one account's queued messages: `media-vault-<account>`. Each account has its own, so that the slow
 * downloads of one account never delay another.
 *
 * @param accountId a subject token
 */
export function attachmentsOf(accountId: string, durable: string): ConsumerDeclaration {
  return {
    ...consumers.attachments,
    durable: `${durable}-${accountId}`,
    filter: `mio.attachments.*.${accountId}.>`,
  };
}
