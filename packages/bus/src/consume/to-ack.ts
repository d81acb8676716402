import { isSubjectToken } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import type { Backoff } from "@mio/pacing";
import type { Outcome, Trailing } from "./outcome.ts";

/** The answer to a delivery. */
export type Ack =
  | ({ readonly kind: "ack" } & Trailing)
  | { readonly kind: "retry"; readonly afterMs: number; readonly error: MioError }
  | ({ readonly kind: "dead"; readonly reason: DeadReason; readonly error: MioError } & Trailing);

/**
 * Why a message went to the dead letters; the value of the header `Mio-Dead-Reason`: `undecodable`, `exhausted`, the
 * `reason` among the error's details, or `rejected`.
 */
export type DeadReason = string;

export interface Attempt {
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

/** Turns the outcome of a handler into an acknowledgement. This happens only here. */
export function toAck(outcome: Outcome, { attempt, maxAttempts }: Attempt): Ack {
  switch (outcome.kind) {
    case "done":
      return { kind: "ack", after: outcome.after };
    case "dead":
      return {
        kind: "dead",
        reason: toDeadReason(outcome.error),
        error: outcome.error,
        after: outcome.after,
      };
    case "retry":
      return attempt < maxAttempts
        ? { kind: "retry", afterMs: outcome.afterMs, error: outcome.error }
        : { kind: "dead", reason: "exhausted", error: outcome.error };
  }
}

/** The outcome of a handler that threw, depending on whether the error is retryable. */
export function toOutcome(error: MioError, attempt: number, backoff: Backoff): Outcome {
  if (error.retry === "never") return { kind: "dead", error };
  const afterMs = error.retry === "soon" ? backoff.delayMs(attempt) : error.retry.afterMs;
  return { kind: "retry", afterMs, error };
}

function toDeadReason({ code, details }: MioError): DeadReason {
  if (code === "envelope.undecodable") return "undecodable";
  const { reason } = details;
  return typeof reason === "string" && isSubjectToken(reason) ? reason : "rejected";
}
