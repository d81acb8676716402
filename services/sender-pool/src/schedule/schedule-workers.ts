import type { Bus } from "@mio/bus";
import type { Clock } from "@mio/pacing";
import type { Logger, Metrics, Worker } from "@mio/service-kit";
import type { Db } from "@mio/store";
import type { PublishReceipt } from "../job/delivery-job.ts";
import { createLostCommands } from "./lost-commands.ts";
import { createMoveDue } from "./move-due.ts";
import { createOverdueSchedules } from "./overdue-schedules.ts";
import { createSweepSchedules } from "./sweep-schedules.ts";

export interface ScheduleWorkersOptions {
  readonly bus: Bus;
  readonly db: Db;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly drainGraceMs: number;
  readonly publishReceipt: PublishReceipt;
}

const minute = 60_000;

/** Moves commands to the outbound stream when they are due, and finds those that the server did not move. */
export function createScheduleWorkers(options: ScheduleWorkersOptions): readonly Worker[] {
  const sweeps = [
    createOverdueSchedules({ ...options, graceMs: minute }),
    createLostCommands({ ...options, graceMs: 2 * minute }),
  ];
  return [createMoveDue(options), createSweepSchedules({ ...options, everyMs: minute, sweeps })];
}
