import { type Claim, claimAttempt, fencedOut, takeOver } from "../delivery/attempt.ts";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { exhaust, hold, leaveUnanswered } from "../delivery/end-early.ts";
import { again, type Next, next, type TryEnd } from "../job/delivery-job.ts";
import { answeredBy, type Progress } from "../job/platform-call.ts";
import { type Resolution, resolveOpenAttempt } from "./resolve-open-attempt.ts";
import type { ReadyJob } from "./take-turn.ts";

/** An attempt that belongs to this job. */
export interface Claimed extends Progress {
  /** Monotonic time in ms, read before the claim: the lease counts from there. */
  readonly claimedAt: number;
  /** Ids of an interrupted call that the platform shows; undefined when the platform has to be called. */
  readonly shownIds: readonly string[] | undefined;
}

export interface ClaimedJob extends ReadyJob {
  readonly claimed: Claimed;
}

type OpenClaim = Extract<Claim, { kind: "open" }>;

/** Step 9: records the intent to call, now that only the call is missing, or does what the record asks for. */
export async function claim(job: ReadyJob, deps: DeliveryDeps): Promise<Next<ClaimedJob> | TryEnd> {
  const { leases, governor } = deps;
  const claimedAt = leases.now();
  const claimed = await claimAttempt(job, deps, answeredBy(job.delivery));
  switch (claimed.kind) {
    case "outcome":
      return claimed.outcome;
    case "pointless":
      job.hasTurn = false;
      await governor.giveBack(job.limit);
      return await leaveUnanswered(job, undefined, deps);
    case "open":
      return await settleOpen(job, claimed, deps);
    case "mine":
      // A process that was paused may have lost the claim already: it claims again.
      if (leases.isLate(claimedAt)) return again(0);
      return next(job, { claimed: { ...claimed, claimedAt, shownIds: undefined } });
  }
}

async function settleOpen(
  job: ReadyJob,
  open: OpenClaim,
  deps: DeliveryDeps,
): Promise<Next<ClaimedJob> | TryEnd> {
  const { delivery, slot } = job;
  if (open.operation === "send" && delivery.operation === "edit") {
    // The edit had fallen back to a post, and the process crashed during that post.
    job.isFallback = true;
    return again(0);
  }
  const onSilent = (): void => slot.ended("silent");
  const resolution = await resolveOpenAttempt({ ...open, job, delivery, onSilent }, deps);
  switch (resolution.kind) {
    case "later":
      return again(resolution.afterMs);
    case "hold":
      return await hold(job, open, deps);
    case "exhausted":
      return await exhaust(job, { ...open, alreadySent: resolution.alreadySent }, deps);
    case "found":
    case "repeat":
      return await goOn({ job, open }, resolution, deps);
  }
}

/** Begins the next attempt: to record what the platform shows, or to call it again. */
async function goOn(
  { job, open }: { readonly job: ReadyJob; readonly open: OpenClaim },
  resolution: Extract<Resolution, { kind: "found" | "repeat" }>,
  deps: DeliveryDeps,
): Promise<Next<ClaimedJob> | TryEnd> {
  const { records, leases } = deps;
  const shownIds = resolution.kind === "found" ? resolution.externalIds : undefined;
  const alreadySent = resolution.kind === "found" ? resolution.externalIds : resolution.alreadySent;
  if (shownIds === undefined) {
    // The message may have been deleted while the platform was asked.
    const answered = answeredBy(job.delivery);
    if (await records.isAnsweredDeleted(job.command.accountId, answered))
      return await leaveUnanswered(job, { ...open, alreadySent }, deps);
  }
  const claimedAt = leases.now();
  const taken = await takeOver(job, records, { attempt: open.attempt, alreadySent });
  if (taken === undefined) return fencedOut();
  if (shownIds === undefined && leases.isLate(claimedAt)) return again(0);
  return next(job, { claimed: { ...taken, claimedAt, shownIds } });
}
