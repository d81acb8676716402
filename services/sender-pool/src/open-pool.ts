import { watchExhausted } from "@mio/bus";
import { isUuid } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import type { AppContext, Worker } from "@mio/service-kit";
import type { SenderPoolConfig } from "./config.ts";
import { createDelivery, type Resources } from "./create-delivery.ts";
import { createIntake } from "./intake/account-intake.ts";
import { createRefuseNewest } from "./intake/refuse-newest.ts";
import { createRejectOrphans } from "./intake/reject-orphans.ts";
import { laneOf } from "./job/read-command.ts";
import { createHeldCommands } from "./rates/workers.ts";
import { createAnnounceExhausted } from "./report/announce-exhausted.ts";
import { watchSenderPool } from "./report/sender-pool-metrics.ts";
import { createScheduleWorkers } from "./schedule/schedule-workers.ts";

const clock = systemClock;
const second = 1_000;
const minute = 60 * second;

/** The workers of a pool: they deliver commands now, and when they are due. */
export function openPool(
  config: SenderPoolConfig,
  context: AppContext,
  resources: Resources,
): readonly Worker[] {
  const { logger, metrics } = context;
  const { bus, store, idleMs = 10 * minute, lookEveryMs } = resources;
  const stopping = new AbortController();
  const delivery = createDelivery(config, context, { ...resources, stopping: stopping.signal });
  const { handler, refuse, endStored, leftBehind, directory, senders, buckets, longWaits } = delivery;
  const { governor, workers, publishReceipt } = delivery.deps;
  // A second less than the process has, so that returned commands still reach NATS.
  const drainGraceMs = Math.max(0, config.MIO_GRACEFUL_SHUTDOWN_SECS - 1) * second;
  const maxAckPending = config.MIO_SENDER_ACCOUNT_IN_FLIGHT;
  const maxWaiting = config.MIO_SENDER_ACCOUNT_BACKLOG;
  const onExhausted = createAnnounceExhausted(publishReceipt);
  const held = createHeldCommands({
    commands: config.MIO_SENDER_MAX_IN_FLIGHT,
    bytes: config.MIO_SENDER_MAX_HELD_BYTES,
  });
  const intake = createIntake({
    ...{ bus, clock, logger, idleMs, lookEveryMs, maxAckPending, maxWaiting, leftBehind },
    exists: async (id) => isUuid(id) && (await directory.find(id)) !== undefined,
    rejectOrphans: createRejectOrphans({ bus, clock, logger, endStored }),
    refuseNewest: createRefuseNewest({ bus, logger, refuse, most: maxWaiting }),
    reading: {
      handler,
      // The record of a command answers its redelivery.
      acks: "sent",
      // One more than the server ever gives: a pull request stays open, which pins the account to this process.
      maxInFlight: maxAckPending + 1,
      room: held,
      orderBy: laneOf,
      metrics,
      drainGraceMs,
      onExhausted,
    },
  });
  watchSenderPool(metrics, { workers, governor, buckets, senders, intake, held, longWaits });
  return [
    stopsWith(intake.worker, stopping),
    directory.worker,
    ...createScheduleWorkers({ bus, db: store.pool, clock, logger, metrics, drainGraceMs, publishReceipt }),
    watchExhausted({
      bus,
      logger,
      onMoved: ({ subject, data: payload }, error) => onExhausted({ subject, payload }, error),
    }),
  ];
}

/** Aborts the waits of handlers when the pool stops. */
function stopsWith(worker: Worker, stopping: AbortController): Worker {
  return {
    name: worker.name,
    run: async (signal) => {
      signal.addEventListener("abort", () => stopping.abort(), { once: true });
      await worker.run(signal);
    },
  };
}
