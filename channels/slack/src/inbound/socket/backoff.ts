const firstMs = 1_000;
const longestMs = 60_000;

/** How long to wait before the next try: anything up to a limit that doubles, so that many do not come back at once. */
export function backoffMs(failures: number, random: () => number): number {
  return Math.round(random() * Math.min(longestMs, firstMs * 2 ** Math.min(failures, 16)));
}
