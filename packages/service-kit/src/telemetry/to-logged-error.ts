import { MioError } from "@mio/failure";
import { cutText, safeText } from "./cut-text.ts";
import { redact } from "./redact.ts";

/** An error in a log line. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly retry?: unknown;
  readonly details?: unknown;
  /** Only for foreign errors: the code of a MioError identifies its origin. */
  readonly stack?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const maxDepth = 6;
const maxErrors = 5;
/** A stack begins with the message. */
const maxStack = 8_192;

/**
 * Reduces an error to its useful and safe parts: names, codes, messages and the chain of causes. Other fields (a
 * driver's row data, a request with its headers) are dropped.
 */
export function toLoggedError(error: unknown): unknown {
  return reduce(error, 1);
}

function reduce(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return typeof error === "string" ? safeText(error) : `[${typeof error}]`;
  if (depth > maxDepth) {
    return { type: error.name, message: "[deeper causes left out]" } satisfies LoggedError;
  }
  const own =
    error instanceof MioError
      ? { retry: error.retry, details: redact(error.details) }
      : { stack: safeText(error.stack ?? "", maxStack) };
  return {
    type: error.name,
    message: safeText(error.message),
    ...("code" in error && { code: cutText(String(error.code)) }),
    ...own,
    ...(error.cause !== undefined && { cause: reduce(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && {
      errors: error.errors.slice(0, maxErrors).map((inner) => reduce(inner, depth + 1)),
    }),
  } satisfies LoggedError;
}
