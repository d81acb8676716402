export interface InProgressLimits {
  /** Requests that are being handled. */
  readonly requests: number;
  /** Bytes that have come, of all requests, until their answers are out. */
  readonly bytes: number;
}

/** What one request takes of what there is. */
export interface Place extends Disposable {
  /** Whether these bytes, which have come, may be kept. */
  take(bytes: number): boolean;
  /** Whether the request, which is complete, may be handled. */
  begin(): boolean;
}

/**
 * Bounds what requests take together. Counted is what they have taken, never what they announce: whoever announces
 * much and sends nothing is in nobody's way.
 */
export interface InProgress {
  readonly isFull: boolean;
  enter(): Place;
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
