import { toMioError } from "@mio/failure";
import type { Clock, Logger, Worker } from "@mio/service-kit";

export interface SweepSchedulesOptions {
  readonly clock: Pick<Clock, "sleep">;
  readonly logger: Logger;
  readonly everyMs: number;
  /** In this order: what is overdue is moved before it could be taken for lost. */
  readonly sweeps: readonly { sweep(signal: AbortSignal): Promise<number> }[];
}

/**
 * Makes sure, once a minute, that each command for later is sent or reported. Every pool does so; what two of them find
 * at once has the same dedup id, and the record knows a command that came twice.
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
