import { callWhile, DeliveryError } from "@mio/channel-kit";
import { MioError, toMioError } from "@mio/failure";
import { joinSignals, type Timers, timedOut, withDeadline } from "@mio/pacing";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import type { Lease } from "../delivery/leases.ts";
import { type Next, next } from "../job/delivery-job.ts";
import {
  type CallResult,
  callTimeoutOf,
  hasFiles,
  joinIds,
  type PreparedDelivery,
  type Progress,
  toCallContext,
} from "../job/platform-call.ts";
import { reasonOf } from "../job/refusal.ts";
import type { OpenKeptFiles } from "../prepare/kept-files.ts";
import type { RateLimit } from "../rates/buckets.ts";
import type { CallEnd } from "../rates/workers.ts";
import type { ClaimedJob } from "./claim.ts";

export interface CalledJob extends ClaimedJob {
  readonly result: CallResult;
  /** How often the platform was called for this command. */
  readonly calls: number;
}

/**
 * Step 10: calls the platform under an attempt that belongs to this job. The lease lasts until the end is on record, so
 * that no other process takes the attempt for abandoned.
 */
export async function call(job: ClaimedJob, deps: DeliveryDeps): Promise<Next<CalledJob>> {
  const { clock, policy, events, leases, openFiles } = deps;
  const { claimed, delivery, limit, slot, resources } = job;
  const { attempt, claimedAt, shownIds } = claimed;
  if (shownIds !== undefined) {
    const result = { kind: "sent", externalIds: shownIds } as const;
    return next(job, { result, calls: attempt - 1 });
  }
  job.hasTurn = false;
  job.askedAt = undefined;
  job.calledAttempt = attempt;
  events.calling(job, clock.now());
  const { accountId, id: commandId } = job.command;
  const lease = resources.use(leases.hold({ accountId, commandId, owner: job.owner, attempt }, claimedAt));
  const timeoutMs = callTimeoutOf(policy, job.command);
  const result = await callPlatform(delivery, { ...claimed, timeoutMs, clock, lease, openFiles });
  const end = callEndOf(result);
  if (end !== undefined) slot.ended(end);
  if (result.kind === "throttled") await learn(limit, result.afterMs, deps);
  if (result.kind === "transient" || result.kind === "unknown") job.failures += 1;
  if (result.kind !== "sent") events.callFailed(job, result);
  return next(job, { result, calls: attempt });
}

/** If the pace cannot be shared now, the end of the call must be recorded all the same. */
async function learn(
  limit: RateLimit,
  afterMs: number | undefined,
  { governor, logger }: Pick<DeliveryDeps, "governor" | "logger">,
): Promise<void> {
  await governor.throttled(limit, afterMs).catch((error: unknown) => {
    logger.warn({ err: toMioError(error) }, "delivery.pace_not_shared");
  });
}

export interface CallOptions extends Progress {
  readonly timeoutMs: number;
  readonly clock: Timers;
  /** The right to call. */
  readonly lease: Pick<Lease, "lost" | "isHeld">;
  readonly openFiles: OpenKeptFiles;
}

/** After its deadline an adapter has this long to report what it has made. */
const graceMs = 500;

/** Calls the platform once. Never waits longer than `timeoutMs` and the grace period, and never rejects. */
export async function callPlatform(delivery: PreparedDelivery, options: CallOptions): Promise<CallResult> {
  const { alreadySent, timeoutMs, clock, lease } = options;
  let isLate = (): boolean => false;
  const work = async (deadline: AbortSignal) => {
    isLate = () => deadline.aborted;
    using ending = joinSignals(deadline, lease.lost);
    const { signal } = ending;
    const { command } = delivery;
    using files = hasFiles(command) ? options.openFiles(command, signal) : undefined;
    const context = toCallContext(delivery, options, {
      signal,
      ...(files && { openAttachment: files.open }),
    });
    return await callWhile(lease.isHeld, () => delivery.call(context));
  };
  try {
    const sent = await withDeadline(work, { timeoutMs, graceMs, clock });
    if (sent === timedOut) return { ...late(), externalIds: alreadySent };
    // For edits the adapter returns the complete list of ids; it may be shorter than before.
    const known = delivery.operation === "send" ? alreadySent : [];
    return { kind: "sent", externalIds: joinIds(known, sent.externalIds) };
  } catch (error) {
    if (error instanceof DeliveryError) return toFailure(error, alreadySent);
    return { ...(isLate() ? late(error) : unexpected(error)), externalIds: alreadySent };
  }
}

/** Whether the platform answered the call; undefined when the call may not have reached it. */
export function callEndOf(result: CallResult): CallEnd | undefined {
  if (result.kind === "sent") return "answered";
  const reason = reasonOf(result.error);
  if (reason === "timeout") return "silent";
  return reason === "network" || reason === "unexpected" ? undefined : "answered";
}

function toFailure(error: DeliveryError, alreadySent: readonly string[]): CallResult {
  const afterMs = typeof error.retry === "object" ? error.retry.afterMs : undefined;
  const externalIds = joinIds(alreadySent, error.sent.externalIds);
  switch (error.kind) {
    case "throttled":
      return { kind: "throttled", afterMs: afterMs || undefined, error, externalIds };
    case "transient":
      return { kind: "transient", afterMs: afterMs ?? 0, error, externalIds };
    case "permanent":
    case "unknown":
      return { kind: error.kind, error, externalIds };
  }
}

/** Also for an adapter that obeys its signal and throws an error other than `DeliveryError`. */
function late(cause?: unknown) {
  return unknown("The platform call did not end in time.", { reason: "timeout", cause });
}

/** A defect of the adapter, perhaps before it called: it says nothing about the platform. */
function unexpected(cause: unknown) {
  return unknown("The adapter failed unexpectedly.", { reason: "unexpected", cause });
}

function unknown(message: string, { reason, cause }: { readonly reason: string; readonly cause: unknown }) {
  const error = new MioError("delivery.unknown", message, { retry: "soon", details: { reason }, cause });
  return { kind: "unknown", error } as const;
}
