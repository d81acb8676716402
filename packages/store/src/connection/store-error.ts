import { MioError } from "@mio/failure";
import pg from "pg";

/** By error code of the system or of Postgres. Their own messages may contain parts of a mistyped connection string. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its host name cannot be resolved",
  EAI_AGAIN: "its host name cannot be resolved right now",
  ETIMEDOUT: "it cannot be reached",
  EHOSTUNREACH: "it cannot be reached",
  "25006": "it is read-only, as a standby is",
  "28000": "it refuses the user",
  "28P01": "it refuses the user or the password",
  "3D000": "it has no such database",
  "53100": "its disk is full",
  "53300": "it has no connection left",
  "57014": "a statement took too long",
  "57P01": "it is starting or stopping",
  "57P02": "it starts or stops",
  "57P03": "it starts or stops",
};

/** Postgres cannot be reached, or refuses the login. */
export function unavailable(cause: unknown): MioError {
  const reason = reasons[codeOf(cause)];
  const message = reason === undefined ? "Postgres does not answer." : `Postgres does not answer: ${reason}.`;
  return new MioError("store.unavailable", message, { retry: "soon", cause });
}

/**
 * Classifies a driver error, so that callers need no SQLSTATEs:
 *
 * - `store.refused`, retry "never": Postgres rejects the values themselves (classes 22 data exception, 23 integrity
 *   constraint, 54 program limit). A retry does not help.
 * - `store.unavailable`, retry "soon": no connection, no answer in time, or a server that is starting, stopping,
 *   full, read-only or refusing the login.
 * - `store.write_failed`, retry "soon": any other server error, such as a deadlock or a missing table.
 *
 * Returns a MioError unchanged. Programming errors become `internal.unexpected`.
 */
export function toStoreError(cause: unknown): MioError {
  if (cause instanceof MioError) return cause;
  const state = sqlStateOf(cause);
  if (state === undefined) {
    if (cause instanceof TypeError || cause instanceof RangeError) return unexpected(cause);
    return unavailable(cause);
  }
  if (isBadData(cause)) {
    return new MioError("store.refused", "Postgres does not accept a value; no retry helps.", { cause });
  }
  if (/^(08|25006|28|3D|53|57)/.test(state)) return unavailable(cause);
  const message = `Postgres failed a statement (SQLSTATE ${state}).`;
  return new MioError("store.write_failed", message, { retry: "soon", cause, details: { sqlstate: state } });
}

/** The SQLSTATE of a server error, also of one wrapped by {@link toStoreError}. */
export function sqlStateOf(error: unknown): string | undefined {
  const found = error instanceof MioError ? error.cause : error;
  return found instanceof pg.DatabaseError ? (found.code ?? "XX000") : undefined;
}

/** SQLSTATE classes 22 (data exception), 23 (integrity constraint violation) and 54 (program limit exceeded). */
export function isBadData(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlStateOf(error) ?? "");
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

function unexpected(cause: Error): MioError {
  return new MioError("internal.unexpected", "A statement could not be sent; see the cause in the log.", {
    retry: "soon",
    cause,
  });
}
