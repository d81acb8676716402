/** Slack ends a stream after about five minutes, even if text keeps coming. */
const maxAgeMs = 270_000;
const maxStreams = 1_000;

/** A stream that is running, to this process's knowledge. */
export interface RunningStream {
  /** The command that started it. */
  readonly sendId: string;
  /** The whole text so far. */
  readonly text: string;
  readonly begunAt: Date;
}

/** The streams of one account, by message id. The oldest are dropped by age and number. */
export interface StreamMemory {
  get(id: string): RunningStream | undefined;
  put(id: string, stream: RunningStream): void;
  forget(id: string): void;
  /** Whether Slack certainly still accepts text. */
  isYoung(stream: RunningStream): boolean;
}

export function createStreamMemory(now: () => Date): StreamMemory {
  const streams = new Map<string, RunningStream>();
  const isYoung = ({ begunAt }: RunningStream): boolean => now().getTime() - begunAt.getTime() < maxAgeMs;
  return {
    get: (id) => streams.get(id),
    put: (id, stream) => {
      streams.set(id, stream);
      // A Map iterates in order of insertion, so oldest first.
      for (const [known, other] of streams) {
        if (isYoung(other) && streams.size <= maxStreams) break;
        streams.delete(known);
      }
    },
    forget: (id) => void streams.delete(id),
    isYoung,
  };
}
