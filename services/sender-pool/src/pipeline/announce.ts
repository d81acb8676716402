import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { createLanes, type Publisher } from "@mio/bus";
import { encodeReceipt, receiptDedupId, receiptSubject } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import { DeliveryReceipt_State, DeliveryReceiptSchema } from "@mio/proto";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import type { DeliveryJob, Ended, PublishReceipt } from "../job/delivery-job.ts";
import { isInterim } from "../job/read-command.ts";
import { retryForever } from "../job/records.ts";
import type { Reinject } from "../report/reinject.ts";

export type AnnounceDeps = Pick<
  DeliveryDeps,
  "clock" | "logger" | "limiter" | "troubleBackoff" | "publishReceipt" | "reinject"
>;

/** Step 12, once per command: shows agents what was sent, then publishes the receipt. */
export async function announce(job: DeliveryJob, end: Ended, deps: AnnounceDeps): Promise<void> {
  const { command, signal } = job;
  const reinject: Reinject = deps.reinject ?? (() => Promise.resolve());
  const publish = async (): Promise<void> => {
    if (end.state === "sent" && !isInterim(command)) await reinject(job, end.externalIds);
    await deps.publishReceipt(command, end);
  };
  await retryForever(publish, signal, deps).catch((error: unknown) => {
    if (signal.aborted) throw error;
    // A receipt that cannot be published must not turn a sent command into a dead letter.
    deps.logger.error({ command_id: command.id, err: toMioError(error) }, "receipt.not_announced");
  });
}

/** Announces the end of a command beside its lane. Resolves when that is done; rejects only when the pool stops. */
export type AnnounceInOrder = (job: DeliveryJob, end: Ended) => Promise<void>;

/**
 * Announces the ends of one conversation one after the other, in the order of the calls; those of different conversations
 * at the same time. A command waits here as a held delivery, so their number is bounded. If one fails because the pool
 * stops, the later ones of its conversation fail too; the stream delivers them again in order.
 */
export function createAnnounceInOrder(announceEnd: AnnounceInOrder): AnnounceInOrder {
  const lanes = createLanes<undefined>({ compare: () => 0 });
  const failures = new Map<string, unknown>();
  const announceNext = async (lane: string, ...[job, end]: Parameters<AnnounceInOrder>): Promise<void> => {
    if (job.signal.aborted && failures.has(lane)) throw failures.get(lane);
    failures.delete(lane);
    await announceEnd(job, end).catch((error: unknown) => {
      failures.set(lane, error);
      throw error;
    });
  };
  return (job, end) => {
    const announced = Promise.withResolvers<void>();
    const { accountId, conversationId } = job.command;
    const lane = `${accountId}/${conversationId}`;
    lanes.add(lane, {
      order: 0,
      item: undefined,
      run: () => announceNext(lane, job, end).then(announced.resolve, announced.reject),
    });
    return announced.promise;
  };
}

/** Publishes receipts for the agents that wait for them. The stream drops a repeated receipt for two minutes. */
export function createPublishReceipt(deps: {
  readonly publisher: Pick<Publisher, "publish">;
  readonly clock: Pick<Clock, "now">;
}): PublishReceipt {
  return async (command, end) => {
    const { id: commandId, tenantId, accountId, channelType, conversationId } = command;
    const place = { tenantId, accountId, channelType, conversationId };
    const receipt = create(DeliveryReceiptSchema, {
      commandId,
      ...place,
      ...toOutcome(end),
      attempts: end.attempts,
      occurredAt: timestampFromDate(deps.clock.now()),
    });
    await deps.publisher.publish({
      subject: receiptSubject(place),
      dedupId: receiptDedupId({ accountId, commandId, state: end.state }),
      payload: encodeReceipt(receipt),
    });
  };
}

function toOutcome(end: Ended) {
  const externalIds = [...end.externalIds];
  switch (end.state) {
    case "sent":
      return { state: DeliveryReceipt_State.SENT, externalIds };
    case "failed":
      return { state: DeliveryReceipt_State.FAILED, externalIds, ...failureOf(end) };
    case "suppressed": {
      const { reason } = end;
      return { state: DeliveryReceipt_State.SUPPRESSED, externalIds, code: "delivery.suppressed", reason };
    }
    case "unknown":
      return { state: DeliveryReceipt_State.UNKNOWN, externalIds, ...failureOf(end) };
  }
}

function failureOf({ error, reason }: Extract<Ended, { readonly error: unknown }>) {
  return { code: error.code, reason, detail: error.message };
}
