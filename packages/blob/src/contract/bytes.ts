/** Collects all items of a source. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Collects a source into one buffer. */
export async function readAll(source: AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  return source === undefined ? undefined : Buffer.concat(await collect(source));
}

/** `count` chunks of `size` bytes, the n-th filled with n; calls `onChunk` before each. */
export async function* chunks(
  count: number,
  size: number,
  onChunk?: () => void,
): AsyncGenerator<Uint8Array, void> {
  for (let index = 0; index < count; index += 1) {
    onChunk?.();
    yield Buffer.alloc(size, index % 256);
  }
}
