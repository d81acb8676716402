import { AttachmentError } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { Attachment_ErrorCode as Code } from "@mio/proto";

/** The outcome of an attachment, as a metric label. */
export type AttachmentOutcome =
  | "ok"
  | "expired"
  | "forbidden"
  | "not_found"
  | "too_large"
  | "storage_error"
  | "timeout"
  | "fetch_error"
  | "no_fetcher"
  | "unknown";

/** Why an attachment is not stored. */
export interface AttachmentFailure {
  /** The code that consumers of the envelope see. */
  readonly wireCode: Code;
  readonly outcome: AttachmentOutcome;
  readonly isTransient: boolean;
  /** For the log; contains no secrets. */
  readonly reason: string;
}

const outcomes: Readonly<Record<Code, AttachmentOutcome>> = {
  [Code.UNSPECIFIED]: "unknown",
  [Code.OK]: "unknown",
  [Code.EXPIRED]: "expired",
  [Code.FORBIDDEN]: "forbidden",
  [Code.NOT_FOUND]: "not_found",
  [Code.TOO_LARGE]: "too_large",
  [Code.STORAGE]: "storage_error",
  [Code.TIMEOUT]: "timeout",
};

export const noFetcher: AttachmentFailure = {
  wireCode: Code.FORBIDDEN,
  outcome: "no_fetcher",
  isTransient: false,
  reason: "The channel cannot fetch attachments.",
};

export const tooManyAttempts: AttachmentFailure = {
  wireCode: Code.TIMEOUT,
  outcome: "fetch_error",
  isTransient: false,
  reason: "The message was delivered too often; its attachments are no longer fetched.",
};

export function tooLarge(): AttachmentError {
  return new AttachmentError({
    wireCode: Code.TOO_LARGE,
    message: "The attachment is larger than MIO_DOWNLOAD_MAX_BYTES.",
    retryable: false,
  });
}

export function storeTimeout(): MioError {
  return new MioError("blob.unavailable", "The object store did not accept the attachment in time.", {
    retry: "soon",
  });
}

/** Classifies a failed attempt. Unexpected errors, such as a broken connection, are retryable. */
export function toAttachmentFailure(error: unknown): AttachmentFailure {
  if (error instanceof AttachmentError) {
    const { wireCode, retry, message } = error;
    return {
      wireCode,
      outcome: outcomes[wireCode] ?? "unknown",
      isTransient: retry !== "never",
      reason: message,
    };
  }
  if (error instanceof MioError) {
    const { retry, message } = error;
    return {
      wireCode: Code.STORAGE,
      outcome: "storage_error",
      isTransient: retry !== "never",
      reason: message,
    };
  }
  const reason = systemCodeOf(error);
  const outcome = reason === "TimeoutError" ? "timeout" : "fetch_error";
  return { wireCode: Code.TIMEOUT, outcome, isTransient: true, reason };
}

/** The system's code of an error, such as `ECONNRESET`; its message may quote data that must not be logged. */
function systemCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.name : systemCodeOf(error.cause);
}
