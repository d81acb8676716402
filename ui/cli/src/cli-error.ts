/** The exit codes of `mio`, documented in its help. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, environment: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface CliErrorOptions {
  readonly exitCode?: ExitCode;
  /** The next step for the user. */
  readonly next: string;
  readonly cause?: unknown;
}

/** A failure of a command, shown to the user. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  readonly exitCode: ExitCode;
  readonly next: string;

  constructor(message: string, options: CliErrorOptions) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? exitCodes.failed;
    this.next = options.next;
  }
}
