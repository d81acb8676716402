import { toMioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import type { Logger, Worker } from "@mio/service-kit";

export interface SweepSchedulesOptions {
  readonly clock: Pick<Clock, "sleep">;
  readonly logger: Logger;
  readonly everyMs: number;
  /** In this order: overdue messages are moved before they could pass for lost. */
  readonly sweeps: readonly { sweep(signal: AbortSignal): Promise<number> }[];
}

/**
 * Sends or reports each scheduled command that is overdue, once a minute. Every pool does this. If two of them find the
 * same command, its dedup id is the same, and the record detects a repeated command.
 */
export function createSweepSchedules({ clock, logger, everyMs, sweeps }: SweepSchedulesOptions): Worker {
  return {
    name: "sweep-schedules",
    async run(signal) {
      while (!signal.aborted) {
        for (const one of sweeps) {
          await one.sweep(signal).catch((error: unknown) => {
            if (!signal.aborted) logger.warn({ err: toMioError(error) }, "schedule.not_swept");
          });
        }
        await clock.sleep(everyMs, signal).catch(() => undefined);
      }
    },
  };
}
