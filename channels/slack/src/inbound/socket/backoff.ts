const firstMs = 1_000;
const longestMs = 60_000;

/**
 * The delay before the next try: full jitter below a limit that doubles, so that many sockets do not reconnect at
 * once.
 */
export function backoffMs(failures: number, random: () => number): number {
  return Math.round(random() * Math.min(longestMs, firstMs * 2 ** Math.min(failures, 16)));
}
