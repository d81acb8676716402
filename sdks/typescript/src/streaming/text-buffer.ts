/** How a source ended: complete, or interrupted by an error. */
export type SourceEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "interrupted"; readonly error: unknown };

/** The text that a source has given so far. */
export class TextBuffer {
  #text = "";
  #end: SourceEnd | undefined;
  #grown = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();

  get text(): string {
    return this.#text;
  }

  /** Undefined while more text may come. */
  get end(): SourceEnd | undefined {
    return this.#end;
  }

  /** Resolves at the next added text, or when the source ends. */
  get grown(): Promise<void> {
    return this.#grown.promise;
  }

  /** Resolves when the source ends. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  append(delta: string): void {
    if (delta === "" || this.#end !== undefined) return;
    this.#text += delta;
    this.#notify();
  }

  /** Only the first call has an effect. */
  close(end: SourceEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#notify();
    this.#ended.resolve();
  }

  #notify(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers();
  }
}
