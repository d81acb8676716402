/** A stream: what it keeps and for how long. Times in milliseconds, sizes in bytes. */
export interface StreamDeclaration {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `workqueue` removes a message once it is acknowledged; `limits` keeps it for `maxAgeMs`. */
  readonly retention: "limits" | "workqueue";
  readonly maxAgeMs: number;
  /** Within it a second message with the same `Nats-Msg-Id` is stored once. */
  readonly duplicateWindowMs: number;
  /** Size on file storage; an eighth of it in memory. */
  readonly maxBytes: number;
  /** Headers included. */
  readonly maxMessageBytes: number;
  /** What happens when it is full: the oldest goes, or the new one is refused. */
  readonly discard: "old" | "new";
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
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const mib = 1 << 20;

/** Less than the server's usual 1 MiB, so that a dead letter has room for its additional headers. */
const maxMessageBytes = mib - 16 * 1_024;

/** The name by which code calls a stream. */
export type StreamKey = "inbound" | "enriched" | "outbound" | "deadLetters" | "receipts";

/** The name by which code calls a consumer. */
export type ConsumerKey = "mediaVault" | "archiver" | "senderPool" | "agents";

/** Every stream of Mio; names, subjects, ages and windows are frozen by the wire contract. */
export const streams: Readonly<Record<StreamKey, StreamDeclaration>> = {
  inbound: {
    name: "MESSAGES_INBOUND",
    subjects: ["mio.inbound.>"],
    retention: "limits",
    maxAgeMs: 7 * day,
    duplicateWindowMs: 2 * minute,
    maxBytes: 2_048 * mib,
    maxMessageBytes,
    discard: "old",
  },
  enriched: {
    name: "MESSAGES_INBOUND_ENRICHED",
    subjects: ["mio.inbound_enriched.>"],
    retention: "limits",
    maxAgeMs: 7 * day,
    duplicateWindowMs: 24 * hour,
    maxBytes: 2_048 * mib,
    maxMessageBytes,
    discard: "old",
  },
  outbound: {
    name: "MESSAGES_OUTBOUND",
    subjects: ["mio.outbound.>"],
    retention: "workqueue",
    maxAgeMs: day,
    duplicateWindowMs: minute,
    maxBytes: 512 * mib,
    maxMessageBytes,
    discard: "new",
  },
  deadLetters: {
    name: "MESSAGES_DLQ",
    subjects: ["mio.dlq.>"],
    retention: "limits",
    maxAgeMs: 30 * day,
    duplicateWindowMs: 2 * minute,
    maxBytes: 512 * mib,
    maxMessageBytes: mib,
    discard: "old",
  },
  receipts: {
    name: "MESSAGES_RECEIPTS",
    subjects: ["mio.receipt.>"],
    retention: "limits",
    maxAgeMs: day,
    duplicateWindowMs: 2 * minute,
    maxBytes: 256 * mib,
    maxMessageBytes,
    discard: "old",
  },
};

/** The durable consumers that Mio's own services and the agents use; names are frozen by the wire contract. */
export const consumers: Readonly<Record<ConsumerKey, ConsumerDeclaration>> = {
  /** Reads every inbound message and publishes it enriched. */
  mediaVault: {
    durable: "media-vault",
    stream: streams.inbound,
    filter: "mio.inbound.>",
    ackWaitMs: 30 * second,
    maxAckPending: 1_000,
    maxAttempts: 20,
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
  /** Carries out commands. A workqueue allows one consumer, so it takes the whole stream. */
  senderPool: {
    durable: "sender-pool",
    stream: streams.outbound,
    ackWaitMs: 30 * second,
    maxAckPending: 1_000,
    maxAttempts: 20,
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
