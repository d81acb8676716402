import { type Bus, consume, consumers } from "@mio/bus";
import { decodeCommand, headerNames, outboundSubject } from "@mio/envelope";
import type { Logger, Metrics, Worker } from "@mio/service-kit";

export interface MoveDueOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly drainGraceMs: number;
}

/** Puts commands whose time has come on the stream of commands, where they take their place in their conversation. */
export function createMoveDue({ bus, logger, metrics, drainGraceMs }: MoveDueOptions): Worker {
  return consume({
    bus,
    consumer: consumers.scheduler,
    handler: async ({ payload, streamSequence, headers }) => {
      const trace = headers.entries().filter(([name]) => traceHeaders.has(name));
      await bus.publisher.publish({
        subject: outboundSubject(decodeCommand(payload)),
        // Not the command's own: the window still knows when it was published for the first time.
        dedupId: `due:${streamSequence}`,
        payload,
        headers: trace,
      });
      return { kind: "done" };
    },
    maxInFlight: 256,
    logger,
    metrics,
    drainGraceMs,
  });
}

const traceHeaders: ReadonlySet<string> = new Set([headerNames.traceparent, headerNames.tracestate]);
