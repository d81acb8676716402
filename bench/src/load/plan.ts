/** The work of a load process. It gets the plan as JSON on standard input, so that its arguments contain no secret. */
export interface LoadPlan {
  readonly url: string;
  readonly secret: string;
  /** Prefix of the message ids, so that runs do not collide. */
  readonly run: string;
  readonly seconds: number;
  readonly connections: number;
  /**
   * Open loop: this many requests are due each second, independently of the answers, and latency starts when a request is
   * due. Undefined: closed loop, every connection sends its next request after the answer.
   */
  readonly ratePerSecond?: number;
}

/** The results of a load process; latencies in milliseconds. */
export interface LoadResult {
  readonly offered: number;
  /** Answered 200. */
  readonly acked: number;
  /** Indexes of the requests without a 200. */
  readonly notAcked: readonly number[];
  /** Count by status; 0 stands for a broken connection. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}
