import { MioError } from "@mio/failure";
import type { TextBuffer } from "./text-buffer.ts";

/**
 * Reads a source into the buffer. When `signal` aborts, it asks the source to end and does not wait for it. Never
 * rejects: the buffer has the end or the error.
 */
export async function readSource(
  source: AsyncIterable<string>,
  buffer: TextBuffer,
  signal: AbortSignal,
): Promise<void> {
  let iterator: AsyncIterator<string> | undefined;
  const stop = () => {
    buffer.close({ kind: "interrupted", error: aborted(signal) });
    void release(iterator);
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    iterator = source[Symbol.asyncIterator]();
    while (buffer.end === undefined) {
      const { done, value } = await iterator.next();
      if (done === true) buffer.close({ kind: "complete" });
      else buffer.append(value);
    }
  } catch (error) {
    buffer.close({ kind: "interrupted", error });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A generator ends only when its own wait is over. Its errors are dropped, because the stream has ended. */
async function release(iterator: AsyncIterator<string> | undefined): Promise<void> {
  try {
    await iterator?.return?.();
  } catch {
    // The stream has ended without it.
  }
}

/** Retryable, because the next handling can send the whole answer. */
function aborted(signal: AbortSignal): MioError {
  return new MioError("sdk.aborted", "The stream was aborted; its text so far is marked as interrupted.", {
    retry: "soon",
    cause: signal.reason,
  });
}
