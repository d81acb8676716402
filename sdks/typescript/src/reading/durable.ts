import { streamNames } from "@mio/jetstream";
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { isForbidden, isStreamMissing, missingStream } from "../connection/server-check.ts";
import type { Session } from "../connection/session.ts";
import type { IsFormer, Progress } from "./progress.ts";

/** Settings of a durable that has to be created. */
export interface DurableInit {
  readonly durable: string;
  readonly filterSubject: string;
  readonly startFrom: "all" | "new";
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
}

/** JetStream's answers: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const consumerNotFound = 10_014;
const consumerExists = new Set([10_013, 10_105, 10_148]);

/** The parts of a reader that concern its durable. */
export interface DurableReader {
  readonly init: DurableInit;
  readonly progress: Progress;
  /** Called when the stream is a different one than before; `isFormer` selects messages of the former one. */
  readonly onReplaced: (isFormer: IsFormer) => void;
}

/**
 * Returns the durable. A missing one is created where `progress` stopped, or else as `startFrom` says. An existing one
 * keeps its settings.
 *
 * @throws MioError `sdk.no_stream`
 */
export async function ensureDurable(session: Session, reader: DurableReader): Promise<ConsumerInfo> {
  const { init, progress } = reader;
  try {
    await lookAtStream(session, reader);
    const info = (await findDurable(session, init.durable)) ?? (await makeDurable(session, reader));
    progress.floorReached({ created: info.created, floor: info.ack_floor.stream_seq });
    return info;
  } catch (error) {
    throw isStreamMissing(error) ? missingStream(streamNames.enriched, error) : error;
  }
}

/** Detects a stream that was recreated or restored. Skipped when the agent may not inspect the stream. */
async function lookAtStream(session: Session, { progress, onReplaced }: DurableReader): Promise<void> {
  const before = progress.reached();
  try {
    const { created, state } = await session.jsm.streams.info(streamNames.enriched);
    const isFormer = progress.streamSeen({ created, lastSeq: state.last_seq }, before);
    if (isFormer !== undefined) onReplaced(isFormer);
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
}

async function findDurable(session: Session, durable: string): Promise<ConsumerInfo | undefined> {
  try {
    return await session.jsm.consumers.info(streamNames.enriched, durable);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === consumerNotFound) return undefined;
    throw error;
  }
}

async function makeDurable(session: Session, reader: DurableReader): Promise<ConsumerInfo> {
  const { init } = reader;
  const start = await whereToStart(session, reader);
  const config: Partial<ConsumerConfig> = {
    durable_name: init.durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(init.ackWaitMs),
    max_ack_pending: init.maxAckPending,
    max_deliver: -1,
    filter_subject: init.filterSubject,
    ...start,
  };
  try {
    return await session.jsm.consumers.add(streamNames.enriched, config);
  } catch (error) {
    const madeMeanwhile = error instanceof JetStreamApiError && consumerExists.has(error.code);
    if (!madeMeanwhile) throw error;
    return await session.jsm.consumers.info(streamNames.enriched, init.durable);
  }
}

async function whereToStart(
  session: Session,
  reader: DurableReader,
): Promise<Pick<ConsumerConfig, "deliver_policy" | "opt_start_seq">> {
  await lookAtHighest(session, reader);
  const resumeAt = reader.progress.resumeAt();
  if (resumeAt === undefined) {
    return { deliver_policy: reader.init.startFrom === "new" ? DeliverPolicy.New : DeliverPolicy.All };
  }
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: resumeAt };
}

/** Detects a stream that was restored from a backup and has since grown past the last known message. */
async function lookAtHighest(session: Session, { progress, onReplaced }: DurableReader): Promise<void> {
  const highest = progress.highest();
  if (highest === undefined) return;
  try {
    const stored = await session.jsm.streams.getMessage(streamNames.enriched, { seq: highest.seq });
    if (stored !== null && progress.highestStored(stored.time.getTime())) onReplaced(() => false);
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
}
