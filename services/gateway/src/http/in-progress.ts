export interface InProgressLimits {
  /** Maximum number of requests handled at once. */
  readonly requests: number;
  /** Maximum bytes received of all requests, until their answers are sent. */
  readonly bytes: number;
}

/** The part of the limits that one request uses. */
export interface Usage extends Disposable {
  /** Counts received bytes; returns false if they would exceed the limit. */
  take(bytes: number): boolean;
  /** Counts a complete request; returns false if the limit is reached. */
  begin(): boolean;
}

/**
 * Bounds the bytes and requests in progress. Counts received bytes, not announced ones: a sender that announces much
 * and sends nothing does not affect others.
 */
export interface InProgress {
  readonly isFull: boolean;
  enter(): Usage;
}

export function createInProgress(limits: InProgressLimits): InProgress {
  let requests = 0;
  let bytes = 0;
  return {
    get isFull() {
      return requests >= limits.requests || bytes >= limits.bytes;
    },
    enter() {
      const mine = { requests: 0, bytes: 0 };
      return {
        take(count) {
          if (bytes + count > limits.bytes) return false;
          bytes += count;
          mine.bytes += count;
          return true;
        },
        begin() {
          if (requests >= limits.requests) return false;
          requests += 1;
          mine.requests += 1;
          return true;
        },
        [Symbol.dispose]() {
          requests -= mine.requests;
          bytes -= mine.bytes;
          Object.assign(mine, { requests: 0, bytes: 0 });
        },
      };
    },
  };
}
