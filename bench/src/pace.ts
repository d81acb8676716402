import { setTimeout as sleep } from "node:timers/promises";

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/**
 * Starts `work` at a fixed rate, whether or not the previous one has ended (an open loop). Resolves when all have
 * ended.
 */
export async function atPace(
  { perSecond, seconds, signal }: Pace,
  work: (index: number) => Promise<void>,
): Promise<number> {
  const total = Math.round(perSecond * seconds);
  const start = performance.now();
  const running: Promise<void>[] = [];
  for (let index = 0; index < total; index += 1) {
    const due = start + (index * 1_000) / perSecond;
    const waitMs = due - performance.now();
    if (waitMs > 1) await sleep(waitMs, undefined, { signal });
    running.push(work(index));
  }
  await Promise.all(running);
  return total;
}

/** Waits until `done` returns true, at most for `seconds`. Returns whether it did. */
export async function untilDone(
  done: () => boolean | Promise<boolean>,
  { seconds, signal }: Pick<Pace, "seconds" | "signal">,
): Promise<boolean> {
  const until = performance.now() + seconds * 1_000;
  while (!(await done())) {
    if (performance.now() >= until) return false;
    await sleep(20, undefined, { signal });
  }
  return true;
}
