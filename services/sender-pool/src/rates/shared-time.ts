import type { Clock } from "@mio/service-kit";

/** The database's time, kept by this process' clock from answer to answer. */
export interface SharedTime {
  /** Whole ms since 1970; never more than the database's as far as that is known. */
  now(): number;
  /** Asks the database something that comes with its time. */
  asking<Answer extends { readonly now: number }>(ask: () => Promise<Answer>): Promise<Answer>;
}

/** Clocks are read in whole ms. */
const grainMs = 1;

/**
 * An answer was made between the question and its arrival, so it says how far the clocks are apart at least and at most.
 * What is believed changes only when it is outside of that, or every slow answer would shift all pauses.
 */
export function createSharedTime(clock: Pick<Clock, "now">): SharedTime {
  const own = (): number => clock.now().getTime();
  let aheadMs = 0;
  return {
    now: () => Math.floor(own() + aheadMs),
    async asking(ask) {
      const askedAt = own();
      const answer = await ask();
      const [least, most] = [answer.now - own() - grainMs, answer.now - askedAt + grainMs];
      aheadMs = Math.min(most, Math.max(least, aheadMs));
      return answer;
    },
  };
}
