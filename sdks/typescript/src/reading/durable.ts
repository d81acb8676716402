import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { isStreamMissing, missingStream } from "../connection/server-check.ts";
import type { Session } from "../connection/session.ts";
import { inboundStream } from "../connection/stream-names.ts";
import type { Progress } from "./progress.ts";

/** What a durable is to be when it has to be made. */
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

/**
 * The durable as the server has it, made when it is missing: where `progress` left off, else as `startFrom` says.
 * One that exists is used as it is, whatever its settings.
 *
 * @throws MioError `sdk.no_stream`
 */
export async function ensureDurable(
  session: Session,
  init: DurableInit,
  progress: Progress,
): Promise<ConsumerInfo> {
  try {
    return (await findDurable(session, init.durable)) ?? (await makeDurable(session, init, progress));
  } catch (error) {
    throw isStreamMissing(error) ? missingStream(inboundStream, error) : error;
  }
}

async function findDurable(session: Session, durable: string): Promise<ConsumerInfo | undefined> {
  try {
    return await session.jsm.consumers.info(inboundStream, durable);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === consumerNotFound) return undefined;
    throw error;
  }
}

async function makeDurable(session: Session, init: DurableInit, progress: Progress): Promise<ConsumerInfo> {
  const start = await whereToStart(session, init, progress);
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
    return await session.jsm.consumers.add(inboundStream, config);
  } catch (error) {
    const madeMeanwhile = error instanceof JetStreamApiError && consumerExists.has(error.code);
    if (!madeMeanwhile) throw error;
    return await session.jsm.consumers.info(inboundStream, init.durable);
  }
}

async function whereToStart(
  session: Session,
  init: DurableInit,
  progress: Progress,
): Promise<Pick<ConsumerConfig, "deliver_policy" | "opt_start_seq">> {
  const resumeAt = progress.resumeAt();
  if (resumeAt === undefined) {
    return { deliver_policy: init.startFrom === "new" ? DeliverPolicy.New : DeliverPolicy.All };
  }
  const { state } = await session.jsm.streams.info(inboundStream);
  if (state.last_seq + 1 < resumeAt) {
    progress.forget();
    return { deliver_policy: DeliverPolicy.All };
  }
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: resumeAt };
}
