import { MioError } from "@mio/failure";

/** Settings of a streamed answer. */
export interface StreamSettings {
  /** The minimum time between two edits of a message. Milliseconds, default 700. */
  readonly everyMs?: number;
  /** The maximum length of one message in UTF-16 units; then another one follows. Default by channel. */
  readonly maxChars?: number;
  /** How long one message may grow; then another one follows. Milliseconds, default 4 minutes. */
  readonly maxMs?: number;
  /** Appended to the text when the source throws or `signal` aborts. Default `"\n\n_(interrupted)_"`. */
  readonly interruptedMark?: string;
  /** Whether to wait until the platform has the final edit of each message. Default false. */
  readonly confirm?: boolean;
  /** Ends the answer with the text so far, marked as interrupted. */
  readonly signal?: AbortSignal;
}

/** The settings of one stream, complete. */
export interface StreamLimits {
  readonly everyMs: number;
  readonly maxChars: number;
  readonly maxMs: number;
  readonly interruptedMark: string;
}

/**
 * The maximum length of one message, by channel. Slack cuts texts of `chat.update` from 4,000 characters on (and its
 * native streams end after about 12,000 characters or 5 minutes); Cliq accepts 5,000. The values leave space for what
 * the channel adds, such as the escapes of `&` and `<`.
 */
const maxCharsByChannel: Readonly<Record<string, number>> = {
  slack: 3_500,
  zoho_cliq: 4_500,
};
const maxCharsElsewhere = 3_500;

/** Below the 5 minutes after which platforms end a growing message. */
const defaultMaxMs = 4 * 60_000;

/** Timers of Node are limited to 24 days, far longer than any answer takes. */
const dayMs = 24 * 3_600_000;

/** @throws MioError `sdk.invalid_option` */
export function toStreamLimits(settings: StreamSettings, channelType: string): StreamLimits {
  const limits: StreamLimits = {
    everyMs: settings.everyMs ?? 700,
    maxChars: settings.maxChars ?? maxCharsByChannel[channelType] ?? maxCharsElsewhere,
    maxMs: settings.maxMs ?? defaultMaxMs,
    interruptedMark: settings.interruptedMark ?? "\n\n_(interrupted)_",
  };
  assertWithin("everyMs", limits.everyMs, [0, dayMs]);
  // A character outside the basic plane takes two units.
  assertWithin("maxChars", limits.maxChars, [2, Number.MAX_SAFE_INTEGER]);
  assertWithin("maxMs", limits.maxMs, [1, dayMs]);
  return limits;
}

function assertWithin(name: string, value: number, [least, most]: readonly [number, number]): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new MioError(
    "sdk.invalid_option",
    `\`${name}\` must be a whole number, at least ${least} and at most ${most}.`,
  );
}
