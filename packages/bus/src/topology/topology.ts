import { streamNames } from "@mio/jetstream";

/** A stream. Times are in milliseconds, sizes in bytes. */
export interface StreamDeclaration {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `workqueue` removes a message once it is acknowledged; `limits` keeps it for `maxAgeMs`. */
  readonly retention: "limits" | "workqueue";
  readonly maxAgeMs: number;
  /** Within it, a second message with the same `Nats-Msg-Id` is not stored. */
  readonly duplicateWindowMs: number;
  /** Size on file storage; an eighth of it in memory. -1 means the limit of the server. */
  readonly maxBytes: number;
  /** The size limit of earlier versions, which dropped the oldest messages even unread. */
  readonly formerMaxBytes?: number;
  /** Including headers. */
  readonly maxMessageBytes: number;
  /** At a size limit, ours or an operator's: drop the oldest message, or refuse the new one. */
  readonly discard: "old" | "new";
  /** Each stored message is announced there: its headers without its bytes. */
  readonly notify?: { readonly from: string; readonly to: string };
  /** Whether scheduled messages wait in this stream and move within it at their time. */
  readonly keepsSchedules?: boolean;
}

/** A durable pull consumer. Acknowledgement is explicit and delivery starts with the oldest message. */
export interface ConsumerDeclaration {
  readonly durable: string;
  readonly stream: StreamDeclaration;
  /** The subjects to read. Default: the whole stream. */
  readonly filter?: string;
  /** Without an answer or a heartbeat for this time the server delivers again. `consume` sends three heartbeats in it. */
  readonly ackWaitMs: number;
  /** Limit of unacknowledged deliveries of all replicas together. */
  readonly maxAckPending: number;
  /** Attempts after which a message goes to the dead letters. */
  readonly maxAttempts: number;
  /**
   * Only one process receives messages, until it is silent for `ttlMs`; then the next one does. The `pinEpoch` of a
   * delivery identifies the period.
   */
  readonly pinned?: { readonly group: string; readonly ttlMs: number };
  /** The server removes the consumer after this time without a pull request. */
  readonly removedAfterMs?: number;
  /**
   * The server keeps its position in memory only, for a work queue whose handler recognizes a redelivery. After a restart
   * of the server all messages that are left come again, in order and as first deliveries.
   */
  readonly inMemory?: true;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const mib = 1 << 20;

/** Less than the server's default of 1 MiB, so that a dead letter has space for its additional headers. */
const maxMessageBytes = mib - 16 * 1_024;

/** The name of a stream in the code. */
export type StreamKey =
  | "inbound"
  | "attachments"
  | "enriched"
  | "outbound"
  | "scheduled"
  | "deadLetters"
  | "receipts";

/** The name of a consumer in the code. */
export type ConsumerKey = "mediaVault" | "attachments" | "archiver" | "senderPool" | "scheduler" | "agents";

/**
 * Every stream of Mio. Names, subjects, ages and windows are frozen by the wire contract. Streams drop unread messages
 * only because of their age. A full disk refuses new messages, which their publishers keep.
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
  /** Messages whose attachments must be fetched, and the events that wait for such a message. */
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
    // The server keeps all ids of the window in memory. The vault searches for older messages itself.
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
  /** Commands that wait for their time, and due commands that are not moved yet. */
  scheduled: {
    name: streamNames.scheduled,
    subjects: ["mio.scheduled.>"],
    retention: "workqueue",
    maxAgeMs: 400 * day,
    duplicateWindowMs: 2 * minute,
    // The server supports schedules only with discard "old", which could drop one at a size limit. So there is no size
    // limit, and a server with a full disk refuses.
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
    // A full stream of receipts must not stop the pool.
    discard: "old",
  },
};

/** The durable consumers of Mio's services and of agents. Names are frozen by the wire contract. */
export const consumers: Readonly<Record<ConsumerKey, ConsumerDeclaration>> = {
  /** Reads every inbound message, and publishes it enriched or queues it on `MESSAGES_ATTACHMENTS`. */
  mediaVault: {
    durable: "media-vault",
    stream: streams.inbound,
    filter: "mio.inbound.>",
    ackWaitMs: 30 * second,
    maxAckPending: 1_000,
    maxAttempts: 20,
    pinned: { group: "media-vault", ttlMs: 6 * second },
  },
  /** Fetches attachments. The common settings of {@link attachmentsOf}. */
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
  /** Carries out commands. The common settings of {@link senderPoolOf}. */
  senderPool: {
    durable: "sender-pool",
    stream: streams.outbound,
    ackWaitMs: 20 * second,
    maxAckPending: 500,
    maxAttempts: 20,
    pinned: { group: "sender-pool", ttlMs: 10 * second },
    removedAfterMs: hour,
    inMemory: true,
  },
  /** Moves due commands to `MESSAGES_OUTBOUND`. */
  scheduler: {
    durable: "scheduler",
    stream: streams.scheduled,
    filter: "mio.scheduled.due.>",
    ackWaitMs: 30 * second,
    maxAckPending: 1_000,
    maxAttempts: 1_000,
  },
  /** The default durable of agents. */
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
 * The consumer of one account's commands: `sender-pool-<account>`. Each account has its own, so that waiting commands of
 * one account never block another.
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
