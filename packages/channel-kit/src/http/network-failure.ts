import { DeadlineExceeded } from "@mio/pacing";
import { AddressRefused } from "./foreign-connections.ts";
import type { HttpFailure } from "./http-message.ts";

export interface Fate {
  /** Whether writing the request has begun; before that, the platform cannot have received it. */
  readonly isWritten: boolean;
  /** The caller or the deadline ended it, and the error is the reason of that signal. */
  readonly isGivenUp: boolean;
}

/** Classifies a request that ended without an answer. */
export function networkFailure(error: unknown, { isWritten, isGivenUp }: Fate): HttpFailure {
  const kind = isWritten ? "unanswered" : "unsent";
  if (isGivenUp) {
    const isLate = error instanceof DeadlineExceeded;
    return isLate
      ? { kind, reason: "timeout", networkCode: "TIMEOUT" }
      : { kind, reason: "aborted", networkCode: "ABORT_ERR" };
  }
  const failure = { kind, reason: "network", networkCode: systemCode(error) ?? "UNKNOWN" } as const;
  return error instanceof AddressRefused ? { ...failure, refusedAddress: error.rule } : failure;
}

/** The system's error code, from the innermost error; of several addresses, that of the first. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = error instanceof AggregateError ? systemCode(error.errors[0]) : undefined;
  if (inner !== undefined) return inner;
  return "code" in error && typeof error.code === "string" ? error.code : systemCode(error.cause);
}
