import { DeadlineExceeded } from "./deadline.ts";
import type { HttpFailure } from "./http-client.ts";

/** Failures before the first byte of the request could leave: no address, no connection, no trusted peer. */
const unsentCodes: ReadonlySet<string> = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NODATA",
  "EAI_NONAME",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "EPROTO",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_REJECTED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "HOSTNAME_MISMATCH",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Sorts what fetch threw into surely not sent and possibly sent; when in doubt, possibly sent. */
export function networkFailure(error: unknown, signal: AbortSignal): HttpFailure {
  if (signal.aborted) {
    const timedOut = signal.reason instanceof DeadlineExceeded;
    return timedOut
      ? { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" }
      : { kind: "unanswered", reason: "aborted", networkCode: "ABORT_ERR" };
  }
  const attempts = systemErrors(error);
  const first = attempts[0];
  const unsent = first !== undefined && attempts.every(isUnsent);
  return { kind: unsent ? "unsent" : "unanswered", reason: "network", networkCode: first?.code ?? "UNKNOWN" };
}

interface SystemError {
  readonly code: string;
  readonly syscall: string | undefined;
}

function isUnsent({ code, syscall }: SystemError): boolean {
  return (
    unsentCodes.has(code) || code.startsWith("ERR_SSL_") || (code === "ETIMEDOUT" && syscall === "connect")
  );
}

/** The errors of the system below fetch's wrapper; several when a host has several addresses. */
function systemErrors(error: unknown): readonly SystemError[] {
  if (!(error instanceof Error)) return [];
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(systemErrors);
  if ("code" in error && typeof error.code === "string") {
    const syscall = "syscall" in error && typeof error.syscall === "string" ? error.syscall : undefined;
    return [{ code: error.code, syscall }];
  }
  return systemErrors(error.cause);
}
