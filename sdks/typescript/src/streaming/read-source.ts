import { MioError } from "@mio/failure";
import type { TextBuffer } from "./text-buffer.ts";

/**
 * Reads a source into the buffer as fast as it gives. When `signal` aborts the source is told to end, and not waited
 * for. Never rejects: how it ended is in the buffer.
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

/** A generator that is waiting ends only when its wait is over, and what it throws then is of no use to anybody. */
async function release(iterator: AsyncIterator<string> | undefined): Promise<void> {
  try {
    await iterator?.return?.();
  } catch {
    // The stream has ended without it.
  }
}

/** To be tried again, as the next handling can say all of it. */
function aborted(signal: AbortSignal): MioError {
  return new MioError("sdk.aborted", "The stream was aborted; what there was is marked as interrupted.", {
    retry: "soon",
    cause: signal.reason,
  });
}
