import { MioError } from "@mio/failure";
import { isFull, jetStreamCodes, streamNames } from "@mio/jetstream";
import { JetStreamApiError } from "@nats-io/jetstream";
import { InvalidArgumentError } from "@nats-io/transport-node";
import { isForbidden, isNotEnabled } from "./server-check.ts";

/** Refusals that a later try may overcome, although the server counts them as the client's fault. */
const passing: ReadonlySet<number> = new Set([
  jetStreamCodes.duplicateInProcess,
  jetStreamCodes.tooManyRequests,
]);

/** Whether a publish was refused for its size, by the client or the server. */
export function isTooLarge(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === jetStreamCodes.messageTooLarge;
  const cause = error instanceof Error ? error.cause : undefined;
  return error instanceof InvalidArgumentError || cause instanceof InvalidArgumentError;
}

/** Whether trying again cannot help. */
export function refuses(error: unknown): boolean {
  if (isTooLarge(error) || isForbidden(error)) return true;
  if (!(error instanceof JetStreamApiError)) return false;
  return error.status < 500 && !isFull(error.code) && !passing.has(error.code);
}

/** What a failed try of a command means, as the error its caller gets when no further try helps. */
export function toPublishError(cause: unknown, subject: string): MioError {
  const details = { subject, ...(cause instanceof JetStreamApiError ? { err_code: cause.code } : {}) };
  const words = cause instanceof Error ? cause.message : "no reason was given";
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
    const next = "Nothing was stored; make room or raise the limit, and send it again with the same id.";
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
  "The command was not confirmed in time and may or may not be stored; send it again with the same id.";

function describe(cause: unknown): string {
  if (isNotEnabled(cause)) return `${streamNames.outbound} is missing or has no leader`;
  return cause instanceof Error ? cause.message : "no reason was given";
}
