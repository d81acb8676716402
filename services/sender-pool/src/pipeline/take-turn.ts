import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { again, type Next, next, type TryEnd } from "../job/delivery-job.ts";
import { rankOf, type TurnRequest } from "../rates/governor.ts";
import type { Slot } from "../rates/workers.ts";
import type { PreparedJob } from "./prepare.ts";

export interface ReadyJob extends PreparedJob {
  readonly slot: Slot;
}

/** Step 6: waits for a turn at the rate. Without a free slot it asks for none: `takeSlot` asks once it has a slot. */
export async function takeTurn(job: PreparedJob, deps: DeliveryDeps): Promise<Next<PreparedJob> | TryEnd> {
  const { command, delivery } = job;
  job.operation = delivery.operation;
  job.isFallback = delivery.isFallback;
  job.attachmentsLeftOut = command.attachments.length - delivery.command.attachments.length;
  const request = turnRequestOf(job, deps);
  if (job.hasTurn || !deps.workers.hasSlot(callerOf(job))) return next(job, {});
  if ((await deps.governor.turn(request, job.signal)) === "changed") return again(0);
  job.hasTurn = true;
  return next(job, {});
}

/**
 * Step 8: takes a slot for the call and makes sure that the job has a turn. It keeps no turn while it waits for a slot:
 * turns would add up, and go out together when a platform answers again. With a slot and no turn the try ends, so that
 * others can use the slot in the meantime.
 */
export async function takeSlot(job: PreparedJob, deps: DeliveryDeps): Promise<Next<ReadyJob> | TryEnd> {
  const { limit, resources, signal } = job;
  const { governor, workers } = deps;
  const free = workers.tryAcquire(callerOf(job));
  if (free !== undefined) resources.use(free);
  if (free === undefined && job.hasTurn) {
    job.hasTurn = false;
    await governor.giveBack(limit);
  }
  const slot = free ?? resources.use(await workers.acquire(callerOf(job), signal));
  if (!job.hasTurn) job.hasTurn = await governor.turnNow(turnRequestOf(job, deps));
  if (!job.hasTurn) return again(0);
  // The platform may have asked for silence since the turn was given.
  if (governor.isPaused(limit)) {
    job.hasTurn = false;
    return again(0);
  }
  return next(job, { slot });
}

/** The job keeps its position in the line until it has called the platform. */
function turnRequestOf(job: PreparedJob, { clock }: DeliveryDeps): TurnRequest {
  job.askedAt ??= clock.now().getTime();
  const { limit, command, delivery, askedAt } = job;
  return { limit, rank: rankOf(command, delivery.operation), askedAt };
}

function callerOf({ command: { accountId, channelType: host } }: PreparedJob) {
  return { accountId, host };
}
