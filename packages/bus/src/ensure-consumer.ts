import { MioError } from "@mio/failure";
import { AckPolicy, type ConsumerConfig, DeliverPolicy, JetStreamApiError } from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import type { Bus } from "./connection.ts";
import { jetStreamCodes } from "./jetstream-error.ts";
import { toUnavailable } from "./request-mux.ts";
import type { ConsumerDeclaration } from "./topology.ts";

/** What a deployment or a test may set differently. */
export interface ConsumerOverrides {
  readonly durable?: string;
  readonly filter?: string;
  readonly ackWaitMs?: number;
  readonly maxAckPending?: number;
  readonly maxAttempts?: number;
  /** Where a consumer that must be made begins. Default: the oldest message. */
  readonly startSequence?: number;
}

/**
 * Creates the consumer, or brings an existing one to its declaration.
 *
 * The server is told no limit of deliveries: it would stop delivering in silence. `consume` counts
 * and moves a message that was tried too often to the dead letters.
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
  const config = toConsumerConfig(consumer);
  try {
    const existing = await findConsumer(bus, consumer);
    if (existing === undefined)
      await bus.jsm.consumers.add(consumer.stream.name, { ...config, ...toStart(startSequence) });
    else if (differs(existing, config)) {
      await bus.jsm.consumers.update(consumer.stream.name, consumer.durable, config);
    }
    return consumer;
  } catch (error) {
    throw toConsumerFailure(consumer, error);
  }
}

/**
 * Removes a consumer if it is there. What it held is delivered by whichever consumer takes its place.
 *
 * @throws MioError `bus.unavailable`
 */
export async function removeConsumer(
  bus: Bus,
  consumer: Pick<ConsumerDeclaration, "stream" | "durable">,
): Promise<boolean> {
  try {
    return await bus.jsm.consumers.delete(consumer.stream.name, consumer.durable);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === jetStreamCodes.consumerNotFound) return false;
    throw toUnavailable(error);
  }
}

/**
 * How many messages a consumer has still to get an acknowledgement for; 0 when there is no such consumer.
 *
 * @throws MioError `bus.unavailable`
 */
export async function countLeft(
  bus: Bus,
  consumer: Pick<ConsumerDeclaration, "stream" | "durable">,
): Promise<number> {
  try {
    const info = await bus.jsm.consumers.info(consumer.stream.name, consumer.durable);
    return info.num_pending + info.num_ack_pending;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === jetStreamCodes.consumerNotFound) return 0;
    throw toUnavailable(error);
  }
}

function toConsumerConfig(consumer: ConsumerDeclaration): Partial<ConsumerConfig> {
  return {
    durable_name: consumer.durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(consumer.ackWaitMs),
    max_ack_pending: consumer.maxAckPending,
    max_deliver: -1,
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

function differs(existing: ConsumerConfig, wanted: Partial<ConsumerConfig>): boolean {
  return Object.entries(wanted).some(
    ([name, value]) => JSON.stringify(Reflect.get(existing, name)) !== JSON.stringify(value),
  );
}

async function findConsumer(bus: Bus, consumer: ConsumerDeclaration): Promise<ConsumerConfig | undefined> {
  try {
    return (await bus.jsm.consumers.info(consumer.stream.name, consumer.durable)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === jetStreamCodes.consumerNotFound)
      return undefined;
    throw error;
  }
}

function toConsumerFailure(consumer: ConsumerDeclaration, error: unknown): MioError {
  const details = { stream: consumer.stream.name, durable: consumer.durable };
  if (!(error instanceof JetStreamApiError)) {
    return new MioError("bus.unavailable", "NATS did not answer about its consumers.", {
      retry: "soon",
      details,
      cause: error,
    });
  }
  if (error.code === jetStreamCodes.streamNotFound) {
    return new MioError("bus.no_stream", `Stream ${consumer.stream.name} does not exist yet.`, {
      retry: "soon",
      details,
      cause: error,
    });
  }
  return new MioError(
    "bus.stream_conflict",
    `Consumer ${consumer.durable} of ${consumer.stream.name} cannot be made: ${error.message}.`,
    { details: { ...details, err_code: error.code }, cause: error },
  );
}
