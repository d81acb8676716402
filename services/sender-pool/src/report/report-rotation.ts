import type { Logger, Metrics } from "@mio/service-kit";
import type { DeliveryRotation } from "@mio/store";

/** Counts and logs the steps of the rotation of commands. */
export function createReportRotation(logger: Logger, metrics: Metrics): (rotation: DeliveryRotation) => void {
  const partitioned = metrics.gauge({
    name: "mio_partition_ahead_seconds",
    help: "Seconds until the last partition of a table ends.",
    labels: ["table"],
  });
  return ({ created, moved, dropped, coveredUntil, isSpilled }) => {
    partitioned.set({ table: "deliveries" }, (coveredUntil.getTime() - Date.now()) / 1_000);
    if (created + moved + dropped > 0)
      logger.info({ created, moved, dropped, coveredUntil }, "deliveries.rotated");
    if (isSpilled) logger.error({ coveredUntil }, "deliveries.without_partition");
  };
}
