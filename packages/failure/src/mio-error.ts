import type { ErrorCode } from "./catalogue.ts";

/** Whether a retry can help: never, soon (the caller chooses when), or after a delay. */
export type Retry = "never" | "soon" | { readonly afterMs: number };

/** Facts that are safe in a log line: never secrets, never message text. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

export interface MioErrorOptions {
  readonly retry?: Retry;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/**
 * The error that Mio throws when an operation needs a retry or a human. Expected outcomes are returned, not thrown.
 *
 * `message` is safe to show to an operator and names the next step. The raw reason is in `cause`.
 */
export class MioError extends Error {
  override readonly name: string = "MioError";
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: MioErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? "never";
    this.details = options.details ?? {};
  }
}

/** Returns a {@link MioError} for any thrown value. It is the only catch-all. */
export function toMioError(error: unknown): MioError {
  if (error instanceof MioError) return error;
  return new MioError("internal.unexpected", "An unexpected error occurred; see its cause in the log.", {
    retry: "soon",
    cause: error,
  });
}
