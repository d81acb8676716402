import { MioError } from "@mio/failure";
import type { Attachment, Attachment_ErrorCode } from "@mio/proto";
import type { AccountAccess } from "../access/credentials.ts";

/** An open download. */
export interface FetchedAttachment {
  readonly body: AsyncIterable<Uint8Array>;
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  /** The file's name, if the platform gives it only with the file. */
  readonly filename?: string;
}

/** A download that failed; `wireCode` is what consumers see. */
export class AttachmentError extends MioError {
  override readonly name = "AttachmentError";
  readonly wireCode: Attachment_ErrorCode;

  constructor(failure: {
    readonly wireCode: Attachment_ErrorCode;
    readonly message: string;
    readonly retryable: boolean;
    readonly cause?: unknown;
  }) {
    super("attachment.unavailable", failure.message, {
      retry: failure.retryable ? "soon" : "never",
      cause: failure.cause,
    });
    this.wireCode = failure.wireCode;
  }
}

export interface AttachmentFetcher {
  /**
   * Opens the download of one attachment. The caller reads or cancels the stream and enforces the size limit.
   *
   * @throws AttachmentError with the wire error code and whether to retry.
   */
  fetch(attachment: Attachment, account: AccountAccess, signal: AbortSignal): Promise<FetchedAttachment>;
}
