/** How long and how often the pool tries. Times in milliseconds. */
export interface DeliveryPolicy {
  /** Longest platform call, the adapter's own deadlines included. */
  readonly callTimeoutMs: number;
  /** Failures that another try may repair, before a command is given up. */
  readonly maxAttempts: number;
  /** Age of a command at which it is given up. */
  readonly maxAgeMs: number;
  /** Wait after a call of unknown fate, before asking the platform about it. */
  readonly lookAgainMs: number;
  /** What to do when the platform cannot tell: leave it to a person, or risk a second post. */
  readonly unknownSend: "hold" | "resend";
}

/** A call cannot be under way any more at this age, whoever made it; clocks may differ a little. */
export function settleMs({ callTimeoutMs }: DeliveryPolicy): number {
  return callTimeoutMs + 5_000;
}
