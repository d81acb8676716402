import type { AnsweredMessage, ClaimedDelivery } from "@mio/store";
import {
  again,
  type DeliveryJob,
  failed,
  type Step,
  sent,
  suppressed,
  suppressedReasons,
  unknown,
} from "../job/delivery-job.ts";
import type { DeliveryRecords } from "../job/records.ts";
import { recordedError } from "../job/refusal.ts";
import type { DeliveryEvents } from "../report/events.ts";
import type { Progress } from "./call-context.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";

/** How a command stands for the job that wants to carry it out. */
export type Claim =
  /** The intent is recorded under this attempt, and the platform was surely not called for it. */
  | ({ readonly kind: "mine" } & Progress)
  /** An attempt is over and nobody knows how it ended. */
  | ({ readonly kind: "open"; readonly startedAt: Date; readonly operation: string } & Progress)
  /** The message that the command answers is gone. */
  | { readonly kind: "pointless" }
  | { readonly kind: "step"; readonly step: Step };

export interface ClaimOptions {
  readonly records: Pick<DeliveryRecords, "claim" | "takeOver">;
  /** The process, as the beginning of every `DeliveryJob.owner` in it. */
  readonly instance: string;
  /** Owners that are at work in this process. */
  readonly running: ReadonlySet<string>;
  readonly policy: Pick<DeliveryPolicy, "leaseMs">;
  readonly events: Pick<DeliveryEvents, "waitsForOther">;
}

/** A short wait after somebody else moved the command on. */
const lookAgainMs = 1_000;

/**
 * Records the intent to call the platform, or says why there is no need or no right to. With `answers` there is no need
 * once that message is gone.
 */
export async function claimAttempt(
  job: DeliveryJob,
  options: ClaimOptions,
  answers?: AnsweredMessage,
): Promise<Claim> {
  const { command, owner } = job;
  const claim = await options.records.claim({
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
      return { kind: "step", step: sent(claim.attempt, claim.externalIds) };
    case "ended": {
      if (claim.state === "suppressed") {
        const reason = suppressedReasons.find((known) => known === claim.reason) ?? "dropped";
        return { kind: "step", step: suppressed(reason, claim.attempt, claim.externalIds) };
      }
      const end = claim.state === "dead" ? failed : unknown;
      const error = recordedError(claim.code, claim.reason);
      return { kind: "step", step: end(claim.attempt, error, claim.externalIds) };
    }
    case "target_deleted":
      return { kind: "pointless" };
    case "interrupted":
      return judgeInterrupted(job, claim, options);
  }
}

/**
 * Begins the next attempt, which fences the open one out and keeps on record what is known to be made; undefined when
 * somebody else was faster.
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

type Interrupted = Extract<ClaimedDelivery, { kind: "interrupted" }>;

async function judgeInterrupted(
  job: DeliveryJob,
  { attempt, startedAt, silentMs, operation, owner, externalIds: alreadySent }: Interrupted,
  { records, instance, running, policy, events }: ClaimOptions,
): Promise<Claim> {
  // This job's claim whose confirmation got lost: the platform was not called under it.
  if (owner === job.owner && job.calledAttempt !== attempt) {
    const next = await takeOver(job, records, { attempt, alreadySent });
    return next === undefined ? { kind: "step", step: fencedOut() } : { kind: "mine", ...next };
  }
  const waitMs = owner === job.owner ? 0 : waitFor(owner, policy.leaseMs - silentMs);
  if (waitMs <= 0) return { kind: "open", attempt, startedAt, operation, alreadySent };
  events.waitsForOther(job, waitMs);
  return { kind: "step", step: again(waitMs) };

  /** This process knows which of its own attempts are under way; another one is asked for a sign of life. */
  function waitFor(other: string, remainingMs: number): number {
    if (running.has(other)) return Math.max(lookAgainMs, Math.ceil(remainingMs));
    return other.startsWith(`${instance}/`) ? 0 : Math.ceil(remainingMs);
  }
}

/** Somebody else owns the command by now; what they make of it is seen at the next claim. */
export function fencedOut(): Step {
  return again(lookAgainMs);
}
