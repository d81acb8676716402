/** One day. A longer delay is a platform's mistake or an attack on the queue. */
const maxDelayMs = 86_400_000;

const seconds = /^\d{1,9}(\.\d{1,9})?$/;

/**
 * The delay of a `Retry-After` header in milliseconds, rounded up, at most one day.
 *
 * Accepts seconds (also fractional, as Discord sends them) and HTTP dates. Undefined if the header is absent or
 * cannot be parsed.
 */
export function retryAfterMs(header: string | null | undefined, now: Date): number | undefined {
  const value = header?.trim();
  if (!value) return undefined;
  if (seconds.test(value)) return Math.min(Math.ceil(Number(value) * 1000), maxDelayMs);
  // NOTE: Date.parse accepts nearly anything that starts with a number, so only text with a weekday counts as a date.
  if (!/^[A-Za-z]{3,9}, /.test(value)) return undefined;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(at - now.getTime(), 0), maxDelayMs);
}
