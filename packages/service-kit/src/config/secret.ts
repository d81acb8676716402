const redacted = "[redacted]";

/**
 * A value that must not be seen. Whatever prints it (string templates, JSON, `util.inspect`, the
 * logger) prints `[redacted]`; only {@link Secret.reveal} gives it away, so a leak is a visible call.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it where it is used, and keep the result no longer than that. */
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
