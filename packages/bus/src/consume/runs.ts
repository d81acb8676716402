/**
 * Consecutive deliveries of a consumer, all to this process. Of the messages from `from` on, each came here for the first
 * time, in stream order, and no delivery of the consumer is missing between them.
 *
 * Compared by identity: the same object means the same run.
 */
export interface Run {
  /** The stream sequence of its first message. */
  readonly from: number;
}

/** What a delivery says about its place. */
interface Arrival {
  readonly streamSequence: number;
  readonly consumerSequence?: number;
  readonly deliveryCount: number;
}

/** Follows the deliveries of one consumer, each in the order of its arrival. */
export type FollowRuns = (arrival: Arrival) => Run | undefined;

/**
 * Returns the run of each delivery; undefined for a redelivery, which another process may have received first.
 *
 * A consumer counts its deliveries to all processes. So a gap in the count means that a delivery went to another process,
 * or was lost. Then the run ends, and the next first delivery begins one.
 */
export function createFollowRuns(): FollowRuns {
  let run: Run | undefined;
  let last = { consumerSequence: 0, streamSequence: 0 };
  return ({ streamSequence, consumerSequence = 0, deliveryCount }) => {
    if (consumerSequence !== last.consumerSequence + 1) run = undefined;
    last = { ...last, consumerSequence };
    if (deliveryCount > 1) return undefined;
    // In a recreated stream the sequences begin again.
    if (streamSequence <= last.streamSequence) run = undefined;
    last = { ...last, streamSequence };
    run ??= { from: streamSequence };
    return run;
  };
}
