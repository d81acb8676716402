/** Joins the chunks of a body into parts of `size` bytes; the last may be shorter. Yields one part at least. */
export async function* toParts(
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let part = Buffer.allocUnsafe(size);
  let length = 0;
  for await (const chunk of body) {
    for (let from = 0; from < chunk.length; ) {
      if (length === size) {
        yield part;
        part = Buffer.allocUnsafe(size);
        length = 0;
      }
      const taken = chunk.subarray(from, from + size - length);
      part.set(taken, length);
      length += taken.length;
      from += taken.length;
    }
  }
  yield part.subarray(0, length);
}
