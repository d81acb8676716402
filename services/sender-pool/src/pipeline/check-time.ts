import type { MioError } from "@mio/failure";
import type { Appointment } from "@mio/store";
import { claimAttempt } from "../delivery/attempt.ts";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { giveUp } from "../delivery/end-early.ts";
import { again, type DeliveryJob, type Next, next, type TryEnd } from "../job/delivery-job.ts";
import { dueAtOf, maxAheadMs } from "../job/read-command.ts";
import { refusal } from "../job/refusal.ts";
import type { AuthorizedJob } from "./authorize.ts";

/** Step 2: postpones a command until its `send_at`, and gives up a command that has expired. */
export async function checkTime(
  job: AuthorizedJob,
  deps: DeliveryDeps,
): Promise<Next<AuthorizedJob> | TryEnd> {
  const now = deps.clock.now().getTime();
  const aheadMs = (dueAtOf(job.command)?.getTime() ?? 0) - now;
  if (aheadMs > maxAheadMs) return await giveUp(job, tooFarAhead(), deps);
  if (aheadMs > 0) return await postpone(job, { dueAt: new Date(now + aheadMs) }, deps);
  const ageMs = now - job.storedAt.getTime();
  return ageMs > deps.policy.maxAgeMs ? await giveUp(job, expired(), deps) : next(job, {});
}

/** What is due together may come in any order. So a command that follows another is due this much later. */
const shortestMs = 1_000;

/** Puts a command on the schedule until its time, so that its conversation goes on without it. */
export async function postpone(
  job: DeliveryJob,
  { dueAt, waitsFor }: Appointment,
  deps: DeliveryDeps,
): Promise<TryEnd> {
  const { command } = job;
  const earliest = deps.clock.now().getTime() + shortestMs;
  const at = command.sendAt === undefined ? new Date(Math.max(dueAt.getTime(), earliest)) : dueAt;
  const { id: commandId, accountId, tenantId, channelType, conversationId } = command;
  const place = { commandId, accountId, tenantId, channelType, conversationId };
  if (!(await deps.records.schedule(place, { dueAt: at, waitsFor }))) {
    // It has begun or ended: the record says which.
    const claimed = await claimAttempt(job, deps);
    return claimed.kind === "outcome" ? claimed.outcome : again(shortestMs);
  }
  await deps.schedule.keep(command, { name: command.id, dueAt: at });
  deps.events.postponed(job, at);
  return { kind: "postponed" };
}

function expired(): MioError {
  return refusal("expired", "The command waited longer than commands may.", "delivery.expired");
}

function tooFarAhead(): MioError {
  return refusal("invalid", "send_at is more than a year ahead.", "envelope.invalid");
}
