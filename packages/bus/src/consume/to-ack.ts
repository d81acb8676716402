import { isSubjectToken } from "@mio/envelope";
import type { MioError } from "@mio/failure";
import type { Backoff } from "@mio/pacing";
import type { Outcome } from "./outcome.ts";

/** What is done with a delivery. */
export type Ack =
  | { readonly kind: "ack" }
  | { readonly kind: "retry"; readonly afterMs: number; readonly error: MioError }
  | { readonly kind: "dead"; readonly reason: DeadReason; readonly error: MioError };

/**
 * Why a message was given up; the value of the header `Mio-Dead-Reason`: `undecodable`, `exhausted`, the
 * `reason` among the error's details, or `rejected`.
 */
export type DeadReason = string;

export interface Attempt {
  /** 1 at first. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

/** The one place where the outcome of a handler becomes an acknowledgement. */
export function toAck(outcome: Outcome, { attempt, maxAttempts }: Attempt): Ack {
  switch (outcome.kind) {
    case "done":
      return { kind: "ack" };
    case "dead":
      return { kind: "dead", reason: toDeadReason(outcome.error), error: outcome.error };
    case "retry":
      return attempt < maxAttempts
        ? { kind: "retry", afterMs: outcome.afterMs, error: outcome.error }
        : { kind: "dead", reason: "exhausted", error: outcome.error };
  }
}

/** What a handler that threw would have returned: its error says whether trying again can help. */
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
