import { AttachmentError, DeliveryError, type TokenSource } from "@mio/channel-kit";
import { Attachment_ErrorCode } from "@mio/proto";

/** The account's token for a file; without one there is no file. */
export async function tokenForFile(tokens: TokenSource, signal: AbortSignal): Promise<string> {
  try {
    return await tokens.get(signal);
  } catch (error) {
    const isFinal = error instanceof DeliveryError && error.kind === "permanent";
    const message = "No token could be had for the file.";
    if (isFinal) throw failure("FORBIDDEN", message, { cause: error });
    throw failure("TIMEOUT", message, { retryable: true, cause: error });
  }
}

export function failure(
  wireCode: keyof typeof Attachment_ErrorCode,
  message: string,
  { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {},
): AttachmentError {
  return new AttachmentError({ wireCode: Attachment_ErrorCode[wireCode], message, retryable, cause });
}
