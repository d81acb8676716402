import { MioError } from "@mio/failure";
import { isFull, jetStreamCodes, streamNames } from "@mio/jetstream";
import { JetStreamApiError } from "@nats-io/jetstream";
import { InvalidArgumentError } from "@nats-io/transport-node";
import { isForbidden, isNotEnabled } from "./server-check.ts";

/** Refusals with a client error code that a later try can overcome. */
const passing: ReadonlySet<number> = new Set([
  jetStreamCodes.duplicateInProcess,
  jetStreamCodes.tooManyRequests,
]);

/** Whether the client or the server refused a message for its size. */
export function isTooLarge(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === jetStreamCodes.messageTooLarge;
  const cause = error instanceof Error ? error.cause : undefined;
  return error instanceof InvalidArgumentError || cause instanceof InvalidArgumentError;
}

/** Whether another try cannot help. */
export function refuses(error: unknown): boolean {
  if (isTooLarge(error) || isForbidden(error)) return true;
  if (!(error instanceof JetStreamApiError)) return false;
  return error.status < 500 && !isFull(error.code) && !passing.has(error.code);
}

/** The error that the caller of a failed publish gets if no further try succeeds. */
export function toPublishError(cause: unknown, subject: string): MioError {
  const details = { subject, ...(cause instanceof JetStreamApiError ? { err_code: cause.code } : {}) };
  const words = cause instanceof Error ? cause.message : "no reason given";
  if (isTooLarge(cause)) {
    return new MioError("sdk.too_large", `The command is larger than the server takes: ${words}.`, {
      details,
      cause,
    });
  }
  if (refuses(cause)) {
    return new MioError("sdk.publish_refused", `The server refused the command: ${words}.`, {
      details,
      cause,
    });
  }
  if (cause instanceof JetStreamApiError && isFull(cause.code)) {
    const next = "Nothing was stored. Make room or raise the limit, and send it again with the same id.";
    const message = `${streamNames.outbound} is full: ${words}. ${next}`;
    return new MioError("sdk.stream_full", message, { retry: "soon", details, cause });
  }
  return new MioError("sdk.publish_timeout", `${notConfirmed} (${describe(cause)})`, {
    retry: "soon",
    details,
    cause,
  });
}

const notConfirmed =
  "The command was not confirmed in time. It may be stored or not; send it again with the same id.";

function describe(cause: unknown): string {
  if (isNotEnabled(cause)) return `${streamNames.outbound} is missing or has no leader`;
  return cause instanceof Error ? cause.message : "no reason given";
}
