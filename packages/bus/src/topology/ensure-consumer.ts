import { jetStreamCodes } from "@mio/jetstream";
import { AckPolicy, type ConsumerConfig, type ConsumerInfo, DeliverPolicy } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { Bus } from "../connect/connection.ts";
import { hasApiCode, toApiFailure, toConflict } from "../connect/jetstream-error.ts";
import { readStoredAt, readStreamState } from "./stream-state.ts";
import type { ConsumerDeclaration } from "./topology.ts";

/** Settings that a deployment or a test may override. */
export interface ConsumerOverrides {
  readonly durable?: string;
  readonly filter?: string;
  readonly ackWaitMs?: number;
  readonly maxAckPending?: number;
  readonly maxAttempts?: number;
  /** Where a new consumer starts. Default: the oldest message. */
  readonly startSequence?: number;
}

/**
 * Creates the consumer, or updates an existing one to its declaration. A consumer that starts beyond its stream, because
 * it was created for a former stream of the same name, is replaced by one that starts with the oldest message.
 *
 * The consumer has no delivery limit, because the server would stop delivering without a trace. `consume` counts and moves
 * a message that was tried too often to the dead letters.
 *
 * @throws MioError `bus.stream_conflict`, `bus.no_stream`, `bus.unavailable`.
 */
export async function ensureConsumer(
  bus: Bus,
  declaration: ConsumerDeclaration,
  overrides: ConsumerOverrides = {},
): Promise<ConsumerDeclaration> {
  const { startSequence, ...changes } = overrides;
  const consumer = { ...declaration, ...changes };
  await openConsumer(bus, consumer, startSequence);
  return consumer;
}

/** What happened: the consumer existed, was created, or was replaced because it skipped messages. */
export type OpenedConsumer = "kept" | "made" | "replaced";

/** As {@link ensureConsumer}; returns what it did. */
export async function openConsumer(
  bus: Bus,
  consumer: ConsumerDeclaration,
  startSequence?: number,
): Promise<OpenedConsumer> {
  const { stream, durable } = consumer;
  const config = toConsumerConfig(consumer);
  const add = () => bus.jsm.consumers.add(stream.name, { ...config, ...toStart(startSequence) });
  try {
    const existing = await findConsumer(bus, consumer);
    if (existing === undefined) {
      await add();
      return "made";
    }
    if (await skipsMessages(bus, consumer, existing)) {
      await bus.jsm.consumers.delete(stream.name, durable);
      await bus.jsm.consumers.add(stream.name, { ...config, ...toStart(undefined) });
      return "replaced";
    }
    const changes = withStorageOf(existing.config, config);
    if (differs(existing.config, changes)) await bus.jsm.consumers.update(stream.name, durable, changes);
    return "kept";
  } catch (error) {
    const details = { stream: stream.name, durable };
    throw toConflict(error, `Consumer ${durable} of ${stream.name}`, details);
  }
}

/**
 * Whether a consumer starts beyond the last message that its stream had when the consumer was created. Then it was meant
 * for a stream that was recreated, restored or lost since, and no reader would get the messages before its start.
 */
async function skipsMessages(
  bus: Bus,
  { stream }: ConsumerDeclaration,
  { config, created, delivered }: ConsumerInfo,
): Promise<boolean> {
  const { deliver_policy: policy, opt_start_seq: start = 0 } = config;
  if (policy !== DeliverPolicy.StartSequence || start <= 1) return false;
  const { lastSequence } = await readStreamState(bus, stream);
  // A consumer that has delivered proves that the stream reached its start; this answer came from a server that lags.
  if (start > lastSequence + 1) return delivered.stream_seq < start;
  const before = await readStoredAt(bus, stream, start - 1);
  return before !== undefined && before > new Date(created);
}

/**
 * Removes a consumer if it exists. The next consumer delivers its unacknowledged messages.
 *
 * @throws MioError `bus.unavailable`, `bus.no_stream`
 */
export async function removeConsumer(
  bus: Bus,
  consumer: Pick<ConsumerDeclaration, "stream" | "durable">,
): Promise<boolean> {
  try {
    return await bus.jsm.consumers.delete(consumer.stream.name, consumer.durable);
  } catch (error) {
    if (hasApiCode(error, jetStreamCodes.consumerNotFound)) return false;
    throw toApiFailure(error, "consumers", { stream: consumer.stream.name, durable: consumer.durable });
  }
}

/**
 * How many messages of a consumer are not acknowledged; 0 if the consumer does not exist.
 *
 * @throws MioError `bus.unavailable`, `bus.no_stream`
 */
export async function countLeft(
  bus: Bus,
  consumer: Pick<ConsumerDeclaration, "stream" | "durable">,
): Promise<number> {
  try {
    const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
    return info.num_pending + info.num_ack_pending;
  } catch (error) {
    if (hasApiCode(error, jetStreamCodes.consumerNotFound)) return 0;
    throw toApiFailure(error, "consumers", { stream: consumer.stream.name, durable: consumer.durable });
  }
}

function toConsumerConfig(consumer: ConsumerDeclaration): Partial<ConsumerConfig> {
  return {
    durable_name: consumer.durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(consumer.ackWaitMs),
    max_ack_pending: consumer.maxAckPending,
    max_deliver: -1,
    ...(consumer.inMemory && { mem_storage: true }),
    ...(consumer.filter === undefined ? {} : { filter_subject: consumer.filter }),
    ...(consumer.removedAfterMs && { inactive_threshold: nanos(consumer.removedAfterMs) }),
    ...(consumer.pinned && {
      priority_groups: [consumer.pinned.group],
      priority_policy: "pinned_client" as const,
      priority_timeout: nanos(consumer.pinned.ttlMs),
    }),
  };
}

function toStart(sequence: number | undefined): Partial<ConsumerConfig> {
  if (sequence === undefined) return { deliver_policy: DeliverPolicy.All };
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence };
}

/** The storage of a consumer cannot change; the one that replaces it has the declared storage. */
function withStorageOf(
  { mem_storage: inMemory }: ConsumerConfig,
  { mem_storage: _declared, ...wanted }: Partial<ConsumerConfig>,
): Partial<ConsumerConfig> {
  return { ...wanted, ...(inMemory && { mem_storage: true }) };
}

function differs(existing: ConsumerConfig, wanted: Partial<ConsumerConfig>): boolean {
  return Object.entries(wanted).some(
    ([name, value]) => JSON.stringify(Reflect.get(existing, name)) !== JSON.stringify(value),
  );
}

async function findConsumer(bus: Bus, consumer: ConsumerDeclaration): Promise<ConsumerInfo | undefined> {
  try {
    return await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
  } catch (error) {
    if (hasApiCode(error, jetStreamCodes.consumerNotFound)) return undefined;
    throw error;
  }
}
