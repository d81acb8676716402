const redacted = "[redacted]";

/**
 * A confidential value. String templates, JSON, `util.inspect` and the logger print `[redacted]`. Only {@link
 * Secret.reveal} returns it, so each use is a visible call.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value. Call it at the point of use, and do not keep the result. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }
}
