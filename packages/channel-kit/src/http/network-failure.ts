import { DeadlineExceeded } from "./deadline.ts";
import type { HttpFailure } from "./http-message.ts";

export interface Fate {
  /** Whether writing the request has begun; before that the platform did not get it. */
  readonly isWritten: boolean;
  readonly signal: AbortSignal;
}

/** What it means that a request ended without an answer. */
export function networkFailure(error: unknown, { isWritten, signal }: Fate): HttpFailure {
  const kind = isWritten ? "unanswered" : "unsent";
  if (signal.aborted) {
    const isLate = signal.reason instanceof DeadlineExceeded;
    return isLate
      ? { kind, reason: "timeout", networkCode: "TIMEOUT" }
      : { kind, reason: "aborted", networkCode: "ABORT_ERR" };
  }
  return { kind, reason: "network", networkCode: systemCode(error) ?? "UNKNOWN" };
}

/** The system's word, from below the wrappers; the first one when a host has several addresses. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = error instanceof AggregateError ? systemCode(error.errors[0]) : undefined;
  if (inner !== undefined) return inner;
  return "code" in error && typeof error.code === "string" ? error.code : systemCode(error.cause);
}
