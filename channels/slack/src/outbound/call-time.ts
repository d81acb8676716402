import type { SendCommand } from "@mio/proto";

/** How long one call of the sender may take, with all requests that it makes; less than the pool's own limit. */
const textMs = 20_000;
/** How much longer when files have to get to Slack. */
const filesMs = 120_000;
/** For what Slack does with a request that was given up, and for clocks that differ. */
const marginMs = 5_000;

type Load = Pick<SendCommand, "attachments">;

/** The longest that a call for this command may take. */
export function longestCallMs({ attachments }: Load): number {
  return attachments.some(({ storageKey }) => storageKey !== "") ? textMs + filesMs : textMs;
}

/** At this age an attempt makes nothing more, also one of a process that nobody hears from. */
export function settledAfterMs(command: Load): number {
  return longestCallMs(command) + marginMs;
}
