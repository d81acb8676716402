import { MioError } from "@mio/failure";
import type { Backoff } from "@mio/service-kit";
import type { DeliveryEnd, EditedPost } from "@mio/store";
import { joinIds } from "../delivery/call-context.ts";
import type { DeliveryPolicy } from "../delivery/delivery-policy.ts";
import { again, failed, type Step, sent, suppressed } from "../job/delivery-job.ts";
import type { PreparedDelivery } from "../job/prepared-delivery.ts";
import { reasonOf } from "../job/refusal.ts";
import type { EditFallback } from "../prepare/edit-fallback.ts";
import type { CallResult } from "./call.ts";

/** What a call means: what goes on record, if anything, and what happens next. */
export interface Judgement {
  /** Undefined when the record keeps saying what it says: that a call may have been made. */
  readonly record: DeliveryEnd | undefined;
  readonly step: Step;
  /** The edit cannot be one; the next try is a post. */
  readonly asPost?: true;
}

export interface CallFacts {
  readonly attempt: number;
  /** Failures that another try may repair, this one included. */
  readonly failures: number;
  readonly delivery: Pick<PreparedDelivery, "operation" | "repeatable" | "targetExternalIds">;
  /** What becomes of an edit that cannot be one. */
  readonly editFallback: EditFallback;
  /** The command itself, when more is to come in its message. */
  readonly interim: string | undefined;
  readonly policy: Pick<DeliveryPolicy, "maxAttempts" | "lookAgainMs">;
  readonly backoff: Backoff;
}

/** Decides how a command goes on after one platform call. Pure. */
export function judgeCall(result: CallResult, facts: CallFacts): Judgement {
  const { attempt, policy } = facts;
  const { externalIds } = result;
  switch (result.kind) {
    case "sent": {
      const edited = editedPost(facts, externalIds);
      const { interim = "" } = facts;
      return { record: { state: "sent", externalIds, edited, interim }, step: sent(attempt, externalIds) };
    }
    case "throttled":
      // The governor waits for as long as it takes.
      return { record: ended("waiting", result, facts), step: again(0) };
    case "transient":
      return retryOrGiveUp(result, result.afterMs, facts);
    case "permanent":
      if (isTargetGone(result, facts)) return afterTargetGone(result, facts);
      return { record: ended("dead", result, facts), step: failed(attempt, result.error, externalIds) };
    case "unknown":
      if (facts.delivery.repeatable) return retryOrGiveUp(result, 0, facts);
      return {
        record: externalIds.length === 0 ? undefined : { state: "sending", externalIds },
        step: again(policy.lookAgainMs),
      };
  }
}

/** Reasons of a platform for which an edit cannot be one. */
const goneReasons: ReadonlySet<string> = new Set(["not_found", "closed"]);

function isTargetGone({ error, externalIds }: Failure, { delivery, editFallback }: CallFacts): boolean {
  const isEdit = delivery.operation === "edit" && editFallback !== "fail";
  return isEdit && externalIds.length === 0 && goneReasons.has(reasonOf(error));
}

function afterTargetGone(failure: Failure, facts: CallFacts): Judgement {
  if (facts.editFallback === "new")
    return { record: ended("waiting", failure, facts), step: again(0), asPost: true };
  const { code } = failure.error;
  return {
    record: { state: "suppressed", externalIds: [], code, reason: "dropped" },
    step: suppressed("dropped", facts.attempt),
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
      step: again(Math.max(afterMs, backoff.delayMs(failures))),
    };
  }
  const { error: cause, externalIds } = failure;
  const error = new MioError("delivery.exhausted", `Given up after ${failures} failures.`, {
    details: { reason: reasonOf(cause) },
    cause,
  });
  return { record: ended("dead", { error, externalIds }, facts), step: failed(attempt, error, externalIds) };
}

function ended(state: "waiting" | "dead", { error, externalIds }: Failure, facts: CallFacts): DeliveryEnd {
  // An edit that stopped half way may have added messages, and surely took none of the others away for good.
  const edited = editedPost(facts, joinIds(facts.delivery.targetExternalIds, externalIds));
  return { state, externalIds, edited, code: error.code, reason: reasonOf(error) };
}

/** What the edited post is made of after the call, where the platform told. */
function editedPost({ delivery }: CallFacts, externalIds: readonly string[]): EditedPost | undefined {
  const [firstExternalId] = delivery.targetExternalIds;
  const isTold = delivery.operation === "edit" && externalIds.length > 0;
  return isTold && firstExternalId !== undefined ? { firstExternalId, externalIds } : undefined;
}
