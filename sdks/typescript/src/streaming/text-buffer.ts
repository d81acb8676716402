/** How a source ended: of itself, or before its time. */
export type SourceEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "interrupted"; readonly error: unknown };

/** All text that a source has given so far; the truth that messages are made from. */
export class TextBuffer {
  #text = "";
  #end: SourceEnd | undefined;
  #grown = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();

  get text(): string {
    return this.#text;
  }

  /** Undefined while there may be more. */
  get end(): SourceEnd | undefined {
    return this.#end;
  }

  /** Resolves when text is added after this was read, or when the source ends. */
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
    this.#tell();
  }

  /** The first end counts. */
  close(end: SourceEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#tell();
    this.#ended.resolve();
  }

  #tell(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers();
  }
}
