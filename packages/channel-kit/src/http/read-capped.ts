/** Reads at most this many bytes of a body as text and drops the rest. A body that breaks off counts as truncated. */
export async function readCapped(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly text: string; readonly truncated: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let room = maxBytes;
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk.subarray(0, room), { stream: true });
      // NOTE: leaving the loop cancels the stream, so an endless body costs no more than the limit.
      if (chunk.length > room) return { text, truncated: true };
      room -= chunk.length;
    }
  } catch {
    return { text, truncated: true };
  }
  return { text: text + decoder.decode(), truncated: false };
}
