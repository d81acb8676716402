import { MioError } from "@mio/failure";
import type { Backoff } from "@mio/service-kit";
import type { DeliveryEnd } from "@mio/store";
import type { CallResult } from "./call-platform.ts";
import { again, failed, type Step, sent } from "./delivery-job.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { reasonOf } from "./refusal.ts";

/** What a call means: what goes on record, if anything, and what happens next. */
export interface Judgement {
  /** Undefined while the fate is open: the record keeps saying that a call may have been made. */
  readonly record: DeliveryEnd | undefined;
  readonly step: Step;
}

export interface CallFacts {
  readonly attempt: number;
  /** Failures that another try may repair, this one included. */
  readonly failures: number;
  readonly isRepeatable: boolean;
  readonly policy: Pick<DeliveryPolicy, "maxAttempts" | "lookAgainMs">;
  readonly backoff: Backoff;
}

/** Decides how a command goes on after one platform call. Pure. */
export function judgeCall(result: CallResult, facts: CallFacts): Judgement {
  switch (result.kind) {
    case "sent": {
      const { externalIds } = result.sent;
      return { record: { state: "sent", externalIds }, step: sent(facts.attempt, externalIds) };
    }
    case "throttled":
      // The governor waits for as long as the platform said.
      return { record: ended("waiting", result.error), step: again(0) };
    case "transient":
      return retryOrGiveUp(result.error, result.afterMs, facts);
    case "permanent":
      return { record: ended("dead", result.error), step: failed(facts.attempt, result.error) };
    case "unknown":
      if (facts.isRepeatable) return retryOrGiveUp(result.error, 0, facts);
      return { record: undefined, step: again(facts.policy.lookAgainMs) };
  }
}

function retryOrGiveUp(error: MioError, afterMs: number, facts: CallFacts): Judgement {
  const { attempt, failures, policy, backoff } = facts;
  if (failures < policy.maxAttempts) {
    return { record: ended("waiting", error), step: again(Math.max(afterMs, backoff.delayMs(failures))) };
  }
  const exhausted = new MioError("delivery.exhausted", `Given up after ${failures} failures.`, {
    details: { reason: reasonOf(error) },
    cause: error,
  });
  return { record: ended("dead", exhausted), step: failed(attempt, exhausted) };
}

function ended(state: "waiting" | "dead", error: MioError): DeliveryEnd {
  return { state, code: error.code, reason: reasonOf(error) };
}
