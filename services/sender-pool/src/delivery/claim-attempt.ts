import type { Clock } from "@mio/service-kit";
import { type ClaimedDelivery, claimDelivery, type Db, takeOverDelivery } from "@mio/store";
import { recordedError } from "../command/refusal.ts";
import type { DeliveryEvents } from "../report/events.ts";
import type { Progress } from "./call-context.ts";
import { again, type DeliveryJob, failed, type Step, sent, unknown } from "./delivery-job.ts";
import { settleMsOf } from "./delivery-policy.ts";

/** How a command stands for the job that wants to carry it out. */
export type Claim =
  /** The intent is recorded under this attempt, and the platform was surely not called for it. */
  | ({ readonly kind: "mine" } & Progress)
  /** An attempt is over and nobody knows how it ended. */
  | ({ readonly kind: "open"; readonly startedAt: Date } & Progress)
  | { readonly kind: "step"; readonly step: Step };

export interface ClaimOptions {
  readonly db: Db;
  readonly clock: Clock;
  /** The process, as the beginning of every `DeliveryJob.owner` in it. */
  readonly instance: string;
  readonly policy: Parameters<typeof settleMsOf>[0];
  readonly events: Pick<DeliveryEvents, "waitsForOther">;
}

/** A short wait after somebody else moved the command on. */
const lookAgainMs = 1_000;

/** Records the intent to call the platform, or tells why there is no need or no right to. */
export async function claimAttempt(job: DeliveryJob, options: ClaimOptions): Promise<Claim> {
  const { command, owner } = job;
  const claim = await claimDelivery(options.db, {
    tenantId: command.tenantId,
    accountId: command.accountId,
    commandId: command.id,
    channelType: command.channelType,
    conversationId: command.conversationId,
    owner,
  });
  switch (claim.kind) {
    case "claimed":
      return { kind: "mine", attempt: claim.attempt, alreadySent: claim.externalIds };
    case "sent":
      return { kind: "step", step: sent(claim.attempt, claim.externalIds) };
    case "ended": {
      const end = claim.state === "dead" ? failed : unknown;
      const error = recordedError(claim.code, claim.reason);
      return { kind: "step", step: end(claim.attempt, error, claim.externalIds) };
    }
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
  db: Db,
  { attempt, alreadySent }: Progress,
): Promise<Progress | undefined> {
  const { accountId, id: commandId } = job.command;
  const interrupted = { accountId, commandId, owner: job.owner, attempt };
  const next = await takeOverDelivery(db, interrupted, alreadySent);
  return next === undefined ? undefined : { attempt: next, alreadySent };
}

type Interrupted = Extract<ClaimedDelivery, { kind: "interrupted" }>;

async function judgeInterrupted(
  job: DeliveryJob,
  { attempt, startedAt, owner, externalIds: alreadySent }: Interrupted,
  { db, clock, instance, policy, events }: ClaimOptions,
): Promise<Claim> {
  // This job's claim whose confirmation got lost: the platform was not called under it.
  if (owner === job.owner && job.calledAttempt !== attempt) {
    const next = await takeOver(job, db, { attempt, alreadySent });
    return next === undefined ? { kind: "step", step: fencedOut() } : { kind: "mine", ...next };
  }
  const remainingMs = startedAt.getTime() + settleMsOf(policy, job.command) - clock.now().getTime();
  // Within one process a lane carries out one command at a time, so an earlier attempt is over.
  const mayBeUnderWay = !owner.startsWith(instance) && remainingMs > 0;
  if (!mayBeUnderWay) return { kind: "open", attempt, startedAt, alreadySent };
  events.waitsForOther(job, remainingMs);
  return { kind: "step", step: again(remainingMs) };
}

/** Somebody else owns the command by now; what they make of it is seen at the next claim. */
export function fencedOut(): Step {
  return again(lookAgainMs);
}
