/** A day: a longer wait is a platform's mistake, or an attack on our queue. */
const maxDelayMs = 86_400_000;

const seconds = /^\d{1,9}(\.\d{1,9})?$/;

/**
 * The delay a `Retry-After` header asks for, in milliseconds, rounded up, at most a day.
 *
 * Reads seconds (also fractional, as Discord sends them) and HTTP dates; `undefined` when the header is absent
 * or unreadable.
 */
export function retryAfterMs(header: string | null | undefined, now: Date): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  if (seconds.test(value)) return Math.min(Math.ceil(Number(value) * 1000), maxDelayMs);
  // NOTE: Date.parse accepts nearly anything that starts with a number, so only text that names a weekday is a date.
  if (!/^[A-Za-z]{3,9}, /.test(value)) return undefined;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(at - now.getTime(), 0), maxDelayMs);
}
