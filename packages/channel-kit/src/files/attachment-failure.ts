import { Attachment_ErrorCode } from "@mio/proto";
import { DeliveryError } from "../outbound/delivery-error.ts";
import type { TokenSource } from "../tokens/token-source.ts";
import { AttachmentError } from "./attachment.ts";

/** An `AttachmentError` by the name of its wire code; not retried by default. */
export function attachmentFailure(
  wireCode: keyof typeof Attachment_ErrorCode,
  message: string,
  { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {},
): AttachmentError {
  return new AttachmentError({ wireCode: Attachment_ErrorCode[wireCode], message, retryable, cause });
}

/**
 * The account's token for a file.
 *
 * @throws AttachmentError `FORBIDDEN` when the platform refuses a token for good, else `TIMEOUT`, to be retried.
 */
export async function tokenForFile(tokens: TokenSource, signal: AbortSignal): Promise<string> {
  try {
    return await tokens.get(signal);
  } catch (error) {
    const isFinal = error instanceof DeliveryError && error.kind === "permanent";
    const message = "No token is available for the file.";
    if (isFinal) throw attachmentFailure("FORBIDDEN", message, { cause: error });
    throw attachmentFailure("TIMEOUT", message, { retryable: true, cause: error });
  }
}
