import type { Logger } from "@mio/service-kit";
import type { GatewayMetrics } from "../gateway-metrics.ts";
import type { GivenUpEvent } from "./relay-batch.ts";

/** What happens to events after they were recorded. */
export interface OutboxEvents {
  relayed(count: number): void;
  /** The stream will never take the event; it is in the dead letters. */
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
        "outbox.event_given_up: it is in the dead letters; raise the limit, then redrive it",
      );
    },
    outboxMeasured(state) {
      metrics.pending.set(state.pending);
      metrics.oldest.set(state.oldestSeconds);
    },
  };
}
