import type { SendCommand } from "@mio/proto";

/** How long the calls of a sender may take. */
export interface CallTimes {
  /** The longest time of one call for this command, for {@link limitCalls}. */
  longestCallMs(command: Load): number;
  /** At this age an attempt posts nothing more, even if its process was paused. */
  settledAfterMs(command: Load): number;
}

type Load = Pick<SendCommand, "attachments">;

/** One call without files, with all its requests; less than the sender pool's own limit. */
const textMs = 20_000;
/** For what the platform still does with a request that was aborted, and for clocks that differ. */
const marginMs = 5_000;

/** Returns the call times of a platform; `filesMs` is added for commands with kept files. */
export function createCallTimes({ filesMs }: { readonly filesMs: number }): CallTimes {
  const longestCallMs = ({ attachments }: Load): number =>
    attachments.some(({ storageKey }) => storageKey !== "") ? textMs + filesMs : textMs;
  return { longestCallMs, settledAfterMs: (command) => longestCallMs(command) + marginMs };
}
