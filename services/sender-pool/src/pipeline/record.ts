import { MioError, toMioError } from "@mio/failure";
import type { Backoff } from "@mio/pacing";
import type { DeliveryEnd, EditedPost } from "@mio/store";
import type { DeliveryPolicy } from "../config.ts";
import { recordEnd } from "../delivery/attempt.ts";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { again, type DeliveryJob, failed, sent, suppressed, type TryEnd } from "../job/delivery-job.ts";
import { type CallResult, joinIds, type PreparedDelivery } from "../job/platform-call.ts";
import { type EditFallback, editFallbackOf, isInterim } from "../job/read-command.ts";
import { retryForever } from "../job/records.ts";
import { reasonOf } from "../job/refusal.ts";
import type { CalledJob } from "./call.ts";

/** Step 11: records how the call ended, or leaves its fate open for the next try. */
export async function record(job: CalledJob, deps: DeliveryDeps): Promise<TryEnd> {
  const { command, claimed, calls, result, delivery } = job;
  // Before the end is on record, so that no crash leaves an unfinished answer unwatched.
  if (result.kind === "sent" && isInterim(command))
    await watchInterim(job, shownBy(delivery, result.externalIds), deps);
  const judgement = judgeCall(result, {
    attempt: calls,
    failures: job.failures,
    delivery,
    editFallback: editFallbackOf(command),
    interim: isInterim(command) ? command.id : undefined,
    policy: deps.policy,
    backoff: deps.backoff,
  });
  if (judgement.asPost) job.isFallback = true;
  const end = await recordEnd(job, { attempt: claimed.attempt, ...judgement }, deps);
  if (result.kind === "sent") unwatchFinished(job, delivery, deps);
  return end;
}

async function watchInterim(
  { command, signal }: DeliveryJob,
  externalId: string | undefined,
  deps: DeliveryDeps,
): Promise<void> {
  if (externalId === undefined) return;
  await retryForever(() => deps.interim.arm(command, externalId), signal, deps);
}

/** If disarming fails, the watch fires once and finds nothing to do. */
function unwatchFinished(
  { command }: DeliveryJob,
  { operation, targetExternalIds: [first] }: PreparedDelivery,
  { interim, logger }: Pick<DeliveryDeps, "interim" | "logger">,
): void {
  if (operation === "send" || operation === "reaction" || first === undefined || isInterim(command)) return;
  interim.disarm(command, first).catch((error: unknown) => {
    logger.debug({ command_id: command.id, err: toMioError(error) }, "delivery.watch_not_ended");
  });
}

/** The message that shows the command. */
function shownBy(
  { operation, targetExternalIds }: PreparedDelivery,
  externalIds: readonly string[],
): string | undefined {
  switch (operation) {
    case "send":
      return externalIds[0];
    case "edit":
      return targetExternalIds[0];
    case "delete":
    case "reaction":
      return undefined;
  }
}

/** What a call means: the record it leaves, and how the try ends. */
export interface Judgement {
  /** Undefined when the record stays as it is: a call may have been made. */
  readonly record: DeliveryEnd | undefined;
  readonly outcome: TryEnd;
  /** The target of the edit is gone; the next try is a post. */
  readonly asPost?: true;
}

export interface CallFacts {
  readonly attempt: number;
  /** Failed calls that may be repeated, this one included. */
  readonly failures: number;
  readonly delivery: Pick<PreparedDelivery, "operation" | "repeatable" | "targetExternalIds">;
  readonly editFallback: EditFallback;
  /** Id of the command if more is to come in its message. */
  readonly interim: string | undefined;
  readonly policy: Pick<DeliveryPolicy, "maxAttempts" | "lookAgainMs">;
  readonly backoff: Backoff;
}

/** Decides how a command goes on after a platform call. Pure. */
export function judgeCall(result: CallResult, facts: CallFacts): Judgement {
  const { attempt, policy } = facts;
  const { externalIds } = result;
  switch (result.kind) {
    case "sent": {
      const edited = editedPost(facts, externalIds);
      const { interim = "" } = facts;
      return { record: { state: "sent", externalIds, edited, interim }, outcome: sent(attempt, externalIds) };
    }
    case "throttled":
      // The governor waits for as long as the platform asks.
      return { record: ended("waiting", result, facts), outcome: again(0) };
    case "transient":
      return retryOrGiveUp(result, result.afterMs, facts);
    case "permanent":
      if (isTargetGone(result, facts)) return afterTargetGone(result, facts);
      return { record: ended("dead", result, facts), outcome: failed(attempt, result.error, externalIds) };
    case "unknown":
      if (facts.delivery.repeatable) return retryOrGiveUp(result, 0, facts);
      return {
        record: externalIds.length === 0 ? undefined : { state: "sending", externalIds },
        outcome: again(policy.lookAgainMs),
      };
  }
}

/** Reasons of a platform that mean the target of an edit is gone. */
const goneReasons: ReadonlySet<string> = new Set(["not_found", "closed"]);

function isTargetGone({ error, externalIds }: Failure, { delivery, editFallback }: CallFacts): boolean {
  const isEdit = delivery.operation === "edit" && editFallback !== "fail";
  return isEdit && externalIds.length === 0 && goneReasons.has(reasonOf(error));
}

function afterTargetGone(failure: Failure, facts: CallFacts): Judgement {
  if (facts.editFallback === "new")
    return { record: ended("waiting", failure, facts), outcome: again(0), asPost: true };
  const { code } = failure.error;
  return {
    record: { state: "suppressed", externalIds: [], code, reason: "dropped" },
    outcome: suppressed("dropped", facts.attempt),
  };
}

interface Failure {
  readonly error: MioError;
  readonly externalIds: readonly string[];
}

function retryOrGiveUp(failure: Failure, afterMs: number, facts: CallFacts): Judgement {
  const { attempt, failures, policy, backoff } = facts;
  if (failures < policy.maxAttempts) {
    return {
      record: ended("waiting", failure, facts),
      outcome: again(Math.max(afterMs, backoff.delayMs(failures))),
    };
  }
  const { error: cause, externalIds } = failure;
  const error = new MioError("delivery.exhausted", `Given up after ${failures} failures.`, {
    details: { reason: reasonOf(cause) },
    cause,
  });
  return {
    record: ended("dead", { error, externalIds }, facts),
    outcome: failed(attempt, error, externalIds),
  };
}

function ended(state: "waiting" | "dead", { error, externalIds }: Failure, facts: CallFacts): DeliveryEnd {
  // An edit that stopped half way may have added messages. It has removed none for good.
  const edited = editedPost(facts, joinIds(facts.delivery.targetExternalIds, externalIds));
  return { state, externalIds, edited, code: error.code, reason: reasonOf(error) };
}

/** The ids of the edited post after the call, if the adapter reported any. */
function editedPost({ delivery }: CallFacts, externalIds: readonly string[]): EditedPost | undefined {
  const [firstExternalId] = delivery.targetExternalIds;
  const isKnown = delivery.operation === "edit" && externalIds.length > 0;
  return isKnown && firstExternalId !== undefined ? { firstExternalId, externalIds } : undefined;
}
