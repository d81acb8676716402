import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { askJetStream, type Bus, consumers, publishDeadLetter, streams } from "@mio/bus";
import { encodeCommand, outboundSubject } from "@mio/envelope";
import { SendCommandSchema } from "@mio/proto";
import type { Logger } from "@mio/service-kit";
import { type Db, endLostDelivery, findOverdueDeliveries, type OverdueDelivery } from "@mio/store";
import type { PublishReceipt } from "../job/delivery-job.ts";
import { refusal } from "../job/refusal.ts";
import { scheduledSubjects } from "./schedule-commands.ts";

export interface LostCommandsOptions {
  readonly bus: Bus;
  readonly db: Db;
  readonly logger: Logger;
  readonly publishReceipt: PublishReceipt;
  /** How long after its time a command may still be on its way. */
  readonly graceMs: number;
}

/** Commands that are scheduled on record and overdue, and whose message is gone. */
export interface LostCommands {
  /** Reports lost commands and ends them on record; returns how many. */
  sweep(signal: AbortSignal): Promise<number>;
}

const batch = 100;
/** The next sweep does the rest. */
const batchesAtOnce = 10;
const hour = 3_600_000;

/** If the stream was purged or lost, only the record of the command remains, so the pool starts from there. */
export function createLostCommands({
  bus,
  db,
  logger,
  publishReceipt,
  graceMs,
}: LostCommandsOptions): LostCommands {
  let after: OverdueDelivery | undefined;

  const has = async (stream: string, subject: string): Promise<boolean> => {
    const query = { seq: 1, next_by_subj: subject };
    return (await askJetStream("commands", bus.jsm.streams.getMessage(stream, query))) !== null;
  };

  /** In the order in which a command moves through the streams, so that it cannot pass unseen. */
  const isSomewhere = async (command: OverdueDelivery): Promise<boolean> => {
    const { wait, due } = scheduledSubjects(command.accountId, command.commandId);
    if ((await has(streams.scheduled.name, wait)) || (await has(streams.scheduled.name, due))) return true;
    const isOlderThanStream = Date.now() - command.dueAt.getTime() > streams.outbound.maxAgeMs + hour;
    if (isOlderThanStream) return false;
    // Any command of its conversation may be this one.
    const lane = outboundSubject(command);
    return (await has(streams.outbound.name, lane)) || (await has(streams.outbound.name, `${lane}.>`));
  };

  const report = async (lost: OverdueDelivery): Promise<void> => {
    const { commandId: id, tenantId, accountId, channelType, conversationId } = lost;
    const command = create(SendCommandSchema, { id, tenantId, accountId, channelType, conversationId });
    const error = refusal("lost", "Its message is gone from the schedule.", "delivery.lost");
    await publishDeadLetter(bus, {
      consumer: consumers.scheduler,
      subject: outboundSubject(command),
      payload: encodeCommand(command),
      headers: [],
      streamSequence: numberOf(lost),
      storedAt: lost.dueAt,
      deliveries: 0,
      reason: "lost",
      error,
    });
    await publishReceipt(command, { state: "failed", attempts: 0, externalIds: [], error, reason: "lost" });
    // Last, so that a crash repeats the report instead of losing it.
    await endLostDelivery(db, lost, { code: error.code, reason: "lost" });
    logger.error({ command_id: id, account_id: accountId, err: error }, "schedule.command_lost");
  };

  /** Reports the lost ones among the next overdue commands; returns how many. */
  const sweepBatch = async (signal: AbortSignal): Promise<number> => {
    const overdue = await findOverdueDeliveries(db, { sinceMs: graceMs, after, limit: batch });
    let count = 0;
    for (const command of overdue) {
      if (signal.aborted || (await isSomewhere(command))) continue;
      await report(command);
      count += 1;
    }
    after = overdue.length < batch ? undefined : overdue.at(-1);
    return count;
  };

  return {
    async sweep(signal) {
      let count = 0;
      for (let batches = 0; batches < batchesAtOnce && !signal.aborted; batches += 1) {
        count += await sweepBatch(signal);
        if (after === undefined) break;
      }
      return count;
    },
  };
}

/** A number for its dead letter, since a lost command has no sequence. */
function numberOf({ accountId, commandId }: OverdueDelivery): number {
  return createHash("sha256").update(`${accountId} ${commandId}`).digest().readUIntBE(0, 6);
}
