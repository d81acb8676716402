/** A rate that the platform has taught us, lower than the one it advertises. */
export interface Slowdown {
  /** Calls per second at `from`. */
  readonly perSecond: number;
  /** When the first call may be made again, ms; from here on the rate recovers. */
  readonly from: number;
}

/** Slower than a call a minute helps nobody. */
const slowest = 1 / 60;
/** A platform that throttles and names no time. */
const shortestPauseMs = 2_000;
/** In which a rate would recover from nothing, by equal steps in equal times. */
const recoveryMs = 120_000;

/** How fast it may go now: what was learned, recovering up to what is advertised. */
export function rateAt(slowdown: Slowdown | undefined, advertised: number, now: number): number {
  if (slowdown === undefined) return advertised;
  const recovered = (advertised * Math.max(0, now - slowdown.from)) / recoveryMs;
  return Math.min(advertised, slowdown.perSecond + recovered);
}

/** Whether the rate is the advertised one again, whatever that is. */
export function isOver({ from }: Slowdown, now: number): boolean {
  return now >= from + recoveryMs;
}

/** Half as fast, after a pause for one call at that rate. */
export function slowDown(current: number, now: number): Slowdown {
  const perSecond = Math.max(Math.min(slowest, current), current / 2);
  return { perSecond, from: now + Math.max(shortestPauseMs, 1_000 / perSecond) };
}
