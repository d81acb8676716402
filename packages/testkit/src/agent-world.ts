import { create, isMessage, type MessageInitShape } from "@bufbuild/protobuf";
import type { NatsServer } from "@mio/embedded";
import { decodeCommand, encodeMessage, encodeReceipt, enrichedSubject, receiptSubject } from "@mio/envelope";
import {
  type DeliveryReceipt,
  DeliveryReceiptSchema,
  type Message,
  MessageSchema,
  type SendCommand,
} from "@mio/proto";
import { type JetStreamManager, jetstream, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect, headers, nanos } from "@nats-io/transport-node";
import { aMessage, type MessageFields } from "./builders.ts";
import { privateNats, testNats } from "./servers.ts";

/** Mio as an agent sees it: the streams, without services. */
export interface AgentWorld extends AsyncDisposable {
  readonly server: NatsServer;
  readonly jsm: JetStreamManager;
  /** Publishes a message to the agents' stream: a new one with these fields, or an earlier one again. */
  arrive(fields?: MessageFields | Message, head?: Readonly<Record<string, string>>): Promise<Message>;
  /** Publishes arbitrary bytes. */
  publishBytes(subject: string, payload: Uint8Array): Promise<void>;
  announce(
    receipt: Omit<MessageInitShape<typeof DeliveryReceiptSchema>, "$typeName">,
  ): Promise<DeliveryReceipt>;
  /** The commands that the agent has sent, in order. */
  commands(): Promise<readonly StoredCommand[]>;
  /** The messages that agents have rejected, in order. */
  deadLetters(): Promise<readonly StoredEntry[]>;
  /** The ack floor of the agents' durable, as a stream sequence. */
  finished(durable?: string): Promise<number>;
}

/** One entry of a stream. */
export interface StoredEntry {
  readonly subject: string;
  readonly header: (name: string) => string;
  readonly data: Uint8Array;
}

/** One entry of the outbound stream. */
export type StoredCommand = StoredEntry & { readonly command: SendCommand };

/** Opens a world on a server in memory. With `durable` the server can be killed; without `streams` it is empty. */
export async function openAgentWorld(
  options: { readonly durable?: boolean; readonly streams?: boolean } = {},
): Promise<AgentWorld> {
  const server = await (options.durable ? privateNats() : testNats());
  const nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const js = jetstream(nc);
  const jsm = await js.jetstreamManager(false);
  const storage = options.durable ? StorageType.File : StorageType.Memory;
  if (options.streams !== false) await makeStreams(jsm, storage);

  const entries = async (stream: string): Promise<StoredEntry[]> => {
    const { state } = await jsm.streams.info(stream);
    const found: StoredEntry[] = [];
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) {
      const entry = await jsm.streams.getMessage(stream, { seq });
      if (entry) {
        found.push({ subject: entry.subject, header: (name) => entry.header.get(name), data: entry.data });
      }
    }
    return found;
  };
  return {
    server,
    jsm,
    arrive: async (fields, head = {}) => {
      const message = isMessage(fields, MessageSchema) ? fields : aMessage(fields);
      const carried = headers();
      for (const [key, value] of Object.entries(head)) carried.set(key, value);
      await js.publish(enrichedSubject(message), encodeMessage(message), { headers: carried });
      return message;
    },
    publishBytes: async (subject, payload) => void (await js.publish(subject, payload)),
    announce: async (fields) => {
      const receipt = create(DeliveryReceiptSchema, fields);
      await js.publish(receiptSubject(receipt), encodeReceipt(receipt));
      return receipt;
    },
    commands: async () =>
      (await entries("MESSAGES_OUTBOUND")).map((entry) => ({ ...entry, command: decodeCommand(entry.data) })),
    finished: async (durable = "ai-consumer-enriched") =>
      (await jsm.consumers.info("MESSAGES_INBOUND_ENRICHED", durable)).ack_floor.stream_seq,
    deadLetters: () => entries("MESSAGES_DLQ"),
    [Symbol.asyncDispose]: async () => {
      await nc.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The streams that an agent uses, with the retention and windows of the contract. */
async function makeStreams(jsm: JetStreamManager, storage: StorageType): Promise<void> {
  const minute = nanos(60_000);
  await jsm.streams.add({ name: "MESSAGES_INBOUND_ENRICHED", subjects: ["mio.inbound_enriched.>"], storage });
  await jsm.streams.add({
    name: "MESSAGES_OUTBOUND",
    subjects: ["mio.outbound.>"],
    retention: RetentionPolicy.Workqueue,
    duplicate_window: minute,
    storage,
  });
  await jsm.streams.add({ name: "MESSAGES_RECEIPTS", subjects: ["mio.receipt.>"], storage });
  await jsm.streams.add({ name: "MESSAGES_DLQ", subjects: ["mio.dlq.>"], storage });
}
