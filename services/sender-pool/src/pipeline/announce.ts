import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Publisher } from "@mio/bus";
import { encodeReceipt, receiptDedupId, receiptSubject } from "@mio/envelope";
import { DeliveryReceipt_State, DeliveryReceiptSchema, type SendCommand } from "@mio/proto";
import type { Clock } from "@mio/service-kit";
import type { Ended } from "../job/delivery-job.ts";

export type AnnounceReceipt = (command: SendCommand, end: Ended) => Promise<void>;

/** Publishes how a command ended, for the agent that waits for it. Saying it twice within two minutes says it once. */
export function createAnnounceReceipt(deps: {
  readonly publisher: Pick<Publisher, "publish">;
  readonly clock: Clock;
}): AnnounceReceipt {
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
