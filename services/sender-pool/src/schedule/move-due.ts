import { type Bus, consume, consumers } from "@mio/bus";
import type { Logger, Metrics, Worker } from "@mio/service-kit";
import { publishDue } from "./publish-due.ts";

export interface MoveDueOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly drainGraceMs: number;
}

/** Moves due commands to the stream of commands. */
export function createMoveDue({ bus, logger, metrics, drainGraceMs }: MoveDueOptions): Worker {
  return consume({
    bus,
    consumer: consumers.scheduler,
    handler: async ({ payload, streamSequence, headers }) => {
      await publishDue(bus.publisher, { payload, headers, dedupId: `due:${streamSequence}` });
      return { kind: "done" };
    },
    maxInFlight: 256,
    logger,
    metrics,
    drainGraceMs,
  });
}
