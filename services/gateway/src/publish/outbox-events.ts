import type { Logger } from "@mio/service-kit";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import type { GivenUpEvent } from "./relay-batch.ts";

/** Business events after an event was recorded. */
export interface OutboxEvents {
  relayed(count: number): void;
  /** The stream can never accept the event; it is a dead letter. */
  givenUp(event: GivenUpEvent): void;
  outboxMeasured(state: { readonly pending: number; readonly oldestSeconds: number }): void;
}

export function createOutboxEvents(
  logger: Logger,
  metrics: Pick<GatewayMetrics, "relayed" | "givenUp" | "pending" | "oldest">,
): OutboxEvents {
  return {
    relayed(count) {
      if (count === 0) return;
      metrics.relayed.inc(count);
      logger.info({ count }, "outbox.relayed");
    },
    givenUp({ entry: { messageId, subject, envelope }, error }) {
      metrics.givenUp.inc();
      logger.error(
        { err: error, message_id: messageId, subject, bytes: envelope.length },
        "outbox.event_given_up: the event is a dead letter; raise the limit, then redrive it",
      );
    },
    outboxMeasured(state) {
      metrics.pending.set(state.pending);
      metrics.oldest.set(state.oldestSeconds);
    },
  };
}
