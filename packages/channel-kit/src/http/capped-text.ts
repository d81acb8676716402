/** Collects at most this many bytes of a body as text. */
export class CappedText {
  readonly #chunks: Uint8Array[] = [];
  #room: number;
  #isTruncated = false;

  constructor(maxBytes: number) {
    this.#room = maxBytes;
  }

  /** Returns whether the chunk fitted; if it did not, the rest of the body is not wanted. */
  add(chunk: Uint8Array): boolean {
    this.#chunks.push(chunk.subarray(0, this.#room));
    const fits = chunk.length <= this.#room;
    this.#room -= Math.min(this.#room, chunk.length);
    if (!fits) this.#isTruncated = true;
    return fits;
  }

  /** The body ended before its end. */
  breakOff(): void {
    this.#isTruncated = true;
  }

  /** A character that was cut through is left out. */
  read(): { readonly text: string; readonly truncated: boolean } {
    const [first, second] = this.#chunks;
    const bytes = second === undefined ? first : Buffer.concat(this.#chunks);
    const truncated = this.#isTruncated;
    return { text: new TextDecoder().decode(bytes, { stream: truncated }), truncated };
  }
}
