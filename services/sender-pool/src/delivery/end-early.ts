import type { MioError } from "@mio/failure";
import {
  type DeliveryJob,
  failed,
  type SuppressedReason,
  sent,
  suppressed,
  type TryEnd,
  unknown,
} from "../job/delivery-job.ts";
import { exhausted, reasonOf, unknownSend } from "../job/refusal.ts";
import { type Claim, claimAttempt, type EndDeps, fencedOut, recordEnd, takeOver } from "./attempt.ts";
import type { DeliveryDeps } from "./delivery-deps.ts";

type OpenClaim = Extract<Claim, { kind: "open" }>;

/** Ends a command without calling the platform, unless an earlier attempt may have called it. */
export async function giveUp(job: DeliveryJob, error: MioError, deps: EndDeps): Promise<TryEnd> {
  const claimed = await claimUnanswered(job, deps);
  if (claimed.kind === "outcome") return claimed.outcome;
  if (claimed.kind === "open") return await hold(job, claimed, deps);
  const { attempt, alreadySent: externalIds } = claimed;
  const record = { state: "dead", externalIds, code: error.code, reason: reasonOf(error) } as const;
  return await recordEnd(job, { attempt, record, outcome: failed(attempt - 1, error, externalIds) }, deps);
}

/** Ends a command as unknown: a person has to look whether the platform shows the open attempt. */
export async function hold(job: DeliveryJob, open: OpenClaim, deps: EndDeps): Promise<TryEnd> {
  const taken = await takeOver(job, deps.records, open);
  if (taken === undefined) return fencedOut();
  const error = unknownSend();
  const { attempt, alreadySent: externalIds } = taken;
  const record = { state: "unknown", externalIds, code: error.code, reason: reasonOf(error) } as const;
  return await recordEnd(job, { attempt, record, outcome: unknown(open.attempt, error, externalIds) }, deps);
}

/** Ends a command that was called often enough, and whose open attempt made no more than `alreadySent`. */
export async function exhaust(job: DeliveryJob, open: OpenClaim, deps: EndDeps): Promise<TryEnd> {
  const taken = await takeOver(job, deps.records, open);
  if (taken === undefined) return fencedOut();
  const error = exhausted(job.failures);
  const { attempt, alreadySent: externalIds } = taken;
  const record = { state: "dead", externalIds, code: error.code, reason: reasonOf(error) } as const;
  return await recordEnd(job, { attempt, record, outcome: failed(open.attempt, error, externalIds) }, deps);
}

interface Suppression {
  readonly reason: SuppressedReason;
  /** The commands that replace it. */
  readonly inFavorOf?: readonly string[];
}

/** Leaves out a command that has not called the platform; undefined when it may have. */
export async function suppress(
  { command }: DeliveryJob,
  { reason, inFavorOf }: Suppression,
  { records }: Pick<DeliveryDeps, "records">,
): Promise<TryEnd | undefined> {
  const { id: commandId, accountId, tenantId, channelType, conversationId } = command;
  const place = { commandId, accountId, tenantId, channelType, conversationId };
  const isLeftOut = await records.suppress(place, { code: "delivery.suppressed", reason, inFavorOf });
  return isLeftOut ? suppressed(reason) : undefined;
}

/** Leaves out an answer to a deleted message. The record keeps what an open attempt has made. */
export async function leaveUnanswered(
  job: DeliveryJob,
  open: OpenClaim | undefined,
  deps: EndDeps,
): Promise<TryEnd> {
  const reason = "target_deleted";
  const own = await claimOrTakeOver(job, open, deps);
  if (own.kind === "outcome") return own.outcome;
  const { attempt, alreadySent: externalIds } = own;
  const record = { state: "suppressed", externalIds, code: "delivery.suppressed", reason } as const;
  return await recordEnd(
    job,
    { attempt, record, outcome: suppressed(reason, attempt - 1, externalIds) },
    deps,
  );
}

/** Ends a command as sent that needs no platform call. */
export async function endWithoutCall(job: DeliveryJob, deps: EndDeps): Promise<TryEnd> {
  const own = await claimOrTakeOver(job, undefined, deps);
  if (own.kind === "outcome") return own.outcome;
  const record = { state: "sent", externalIds: [] } as const;
  return await recordEnd(job, { attempt: own.attempt, record, outcome: sent(0, []) }, deps);
}

type OwnClaim = Extract<Claim, { kind: "mine" | "outcome" }>;

async function claimOrTakeOver(
  job: DeliveryJob,
  open: OpenClaim | undefined,
  deps: EndDeps,
): Promise<OwnClaim> {
  const claimed = open ?? (await claimUnanswered(job, deps));
  if (claimed.kind !== "open") return claimed;
  const taken = await takeOver(job, deps.records, claimed);
  return taken === undefined ? { kind: "outcome", outcome: fencedOut() } : { kind: "mine", ...taken };
}

/** Claims an attempt whether or not the message that the command answers is deleted. */
async function claimUnanswered(
  job: DeliveryJob,
  deps: EndDeps,
): Promise<Exclude<Claim, { kind: "pointless" }>> {
  const claimed = await claimAttempt(job, deps);
  return claimed.kind === "pointless" ? { kind: "outcome", outcome: fencedOut() } : claimed;
}
