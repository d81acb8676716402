import type { AnsweredMessage, ClaimedDelivery, DeliveryEnd } from "@mio/store";
import type { DeliveryPolicy } from "../config.ts";
import {
  again,
  type DeliveryJob,
  failed,
  sent,
  suppressed,
  suppressedReasons,
  type TryEnd,
  unknown,
} from "../job/delivery-job.ts";
import type { Progress } from "../job/platform-call.ts";
import { type DeliveryRecords, type RetryForeverDeps, retryForever } from "../job/records.ts";
import { recordedError } from "../job/refusal.ts";
import type { DeliveryEvents } from "../report/events.ts";

/** The state of a command for a job that wants to deliver it. */
export type Claim =
  /** The intent is recorded under this attempt, and the platform was not called for it. */
  | ({ readonly kind: "mine" } & Progress)
  /** An attempt has stopped, and its end is unknown. */
  | ({ readonly kind: "open"; readonly startedAt: Date; readonly operation: string } & Progress)
  /** The message that the command answers is deleted. */
  | { readonly kind: "pointless" }
  /** There is nothing to call, or not yet. */
  | { readonly kind: "outcome"; readonly outcome: TryEnd };

export interface ClaimDeps {
  readonly records: Pick<DeliveryRecords, "claim" | "takeOver">;
  /** The process: each `DeliveryJob.owner` in it begins with this. */
  readonly instance: string;
  /** Owners of the jobs under way in this process. */
  readonly running: ReadonlySet<string>;
  readonly policy: Pick<DeliveryPolicy, "leaseMs">;
  readonly events: Pick<DeliveryEvents, "waitsForOther">;
}

export interface EndDeps extends ClaimDeps, RetryForeverDeps {
  readonly records: Pick<DeliveryRecords, "claim" | "takeOver" | "end" | "suppress">;
}

/** A short wait after another owner has changed the record. */
const lookAgainMs = 1_000;

/**
 * Records the intent to call the platform, or returns why this job must not call it. With `answers` it claims nothing
 * once that message is deleted.
 */
export async function claimAttempt(
  job: DeliveryJob,
  deps: ClaimDeps,
  answers?: AnsweredMessage,
): Promise<Claim> {
  const { command, owner } = job;
  const claim = await deps.records.claim({
    tenantId: command.tenantId,
    accountId: command.accountId,
    commandId: command.id,
    channelType: command.channelType,
    conversationId: command.conversationId,
    owner,
    operation: job.operation ?? "",
    redrive: job.redrive,
    answers,
  });
  switch (claim.kind) {
    case "claimed":
      return { kind: "mine", attempt: claim.attempt, alreadySent: claim.externalIds };
    case "sent":
      return { kind: "outcome", outcome: sent(claim.attempt, claim.externalIds) };
    case "ended": {
      if (claim.state === "suppressed") {
        const reason = suppressedReasons.find((known) => known === claim.reason) ?? "dropped";
        return { kind: "outcome", outcome: suppressed(reason, claim.attempt, claim.externalIds) };
      }
      const end = claim.state === "dead" ? failed : unknown;
      const error = recordedError(claim.code, claim.reason);
      return { kind: "outcome", outcome: end(claim.attempt, error, claim.externalIds) };
    }
    case "target_deleted":
      return { kind: "pointless" };
    case "interrupted":
      return await judgeInterrupted(job, claim, deps);
  }
}

/**
 * Begins the next attempt, which fences out the open one and records the ids that are known. Undefined when another owner
 * was faster.
 */
export async function takeOver(
  job: DeliveryJob,
  records: Pick<DeliveryRecords, "takeOver">,
  { attempt, alreadySent }: Progress,
): Promise<Progress | undefined> {
  const { accountId, id: commandId } = job.command;
  const interrupted = { accountId, commandId, owner: job.owner, attempt };
  const next = await records.takeOver(interrupted, alreadySent);
  return next === undefined ? undefined : { attempt: next, alreadySent };
}

/** The end of an attempt, and of the try that made it. */
export interface AttemptEnd {
  readonly attempt: number;
  /** Undefined when the record stays as it is: a call may have been made. */
  readonly record: DeliveryEnd | undefined;
  readonly outcome: TryEnd;
}

/** Records the end of an attempt. Returns its outcome only if the attempt still belonged to this job. */
export async function recordEnd(
  job: DeliveryJob,
  { attempt, record, outcome }: AttemptEnd,
  deps: EndDeps,
): Promise<TryEnd> {
  if (record === undefined) return outcome;
  const { accountId, id: commandId } = job.command;
  const name = { accountId, commandId, owner: job.owner, attempt };
  const isOurs = await retryForever(() => deps.records.end(name, record), job.signal, deps);
  return isOurs ? outcome : fencedOut();
}

/** Another owner has the command now; the next claim shows what it did. */
export function fencedOut(): TryEnd {
  return again(lookAgainMs);
}

type Interrupted = Extract<ClaimedDelivery, { kind: "interrupted" }>;

async function judgeInterrupted(job: DeliveryJob, interrupted: Interrupted, deps: ClaimDeps): Promise<Claim> {
  const { attempt, startedAt, operation, owner, externalIds: alreadySent } = interrupted;
  // This job claimed it and the confirmation was lost: the platform was not called under it.
  if (owner === job.owner && job.calledAttempt !== attempt) {
    const taken = await takeOver(job, deps.records, { attempt, alreadySent });
    return taken === undefined ? { kind: "outcome", outcome: fencedOut() } : { kind: "mine", ...taken };
  }
  const waitMs = owner === job.owner ? 0 : waitForOwnerMs(interrupted, deps);
  if (waitMs <= 0) return { kind: "open", attempt, startedAt, operation, alreadySent };
  deps.events.waitsForOther(job, waitMs);
  return { kind: "outcome", outcome: again(waitMs) };
}

/** This process knows its own jobs; an owner in another process has until its lease expires. */
function waitForOwnerMs({ owner, silentMs }: Interrupted, { running, instance, policy }: ClaimDeps): number {
  const remainingMs = Math.ceil(policy.leaseMs - silentMs);
  if (running.has(owner)) return Math.max(lookAgainMs, remainingMs);
  return owner.startsWith(`${instance}/`) ? 0 : remainingMs;
}
