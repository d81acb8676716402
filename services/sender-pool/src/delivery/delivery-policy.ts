import type { SendCommand } from "@mio/proto";

/** How long and how often the pool tries. Times in milliseconds. */
export interface DeliveryPolicy {
  /** Longest platform call, the adapter's own deadlines included. */
  readonly callTimeoutMs: number;
  /** How much longer a call may take that carries files. */
  readonly fileTimeoutMs: number;
  /** Failures that another try may repair, before a command is given up. */
  readonly maxAttempts: number;
  /** Age of a command at which it is given up. */
  readonly maxAgeMs: number;
  /** Wait after a call of unknown fate, before asking the platform about it. */
  readonly lookAgainMs: number;
  /** Silence after which an attempt of another process is taken over. */
  readonly leaseMs: number;
  /** What to do when the platform cannot tell: leave it to a person, or risk a second post. */
  readonly unknownSend: "hold" | "resend";
}

type Timeouts = Pick<DeliveryPolicy, "callTimeoutMs" | "fileTimeoutMs">;

/** The longest call for this command. */
export function callTimeoutOf(
  { callTimeoutMs, fileTimeoutMs }: Timeouts,
  { attachments }: Pick<SendCommand, "attachments">,
): number {
  const hasFiles = attachments.some(({ storageKey }) => storageKey !== "");
  return hasFiles ? callTimeoutMs + fileTimeoutMs : callTimeoutMs;
}
