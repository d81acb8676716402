/** Everything a source gives. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Everything a source gives, as one buffer. */
export async function readAll(source: AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  return source === undefined ? undefined : Buffer.concat(await collect(source));
}

/** `count` fresh chunks of `size` bytes, the n-th filled with n; `onChunk` is told before each. */
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
