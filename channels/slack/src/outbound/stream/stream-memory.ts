/** Slack ends a stream after about five minutes, whatever happens in it. */
const maxAgeMs = 270_000;
const maxStreams = 1_000;

/** A stream that runs, as far as this process knows. */
export interface RunningStream {
  /** The command that began it. */
  readonly sendId: string;
  /** All that it shows. */
  readonly text: string;
  readonly begunAt: Date;
}

/** The streams of one account, by the ids of their messages. Those that are too old, or too many, are forgotten. */
export interface StreamMemory {
  get(id: string): RunningStream | undefined;
  put(id: string, stream: RunningStream): void;
  forget(id: string): void;
  /** Whether Slack surely still takes more. */
  isYoung(stream: RunningStream): boolean;
}

export function createStreamMemory(now: () => Date): StreamMemory {
  const streams = new Map<string, RunningStream>();
  const isYoung = ({ begunAt }: RunningStream): boolean => now().getTime() - begunAt.getTime() < maxAgeMs;
  return {
    get: (id) => streams.get(id),
    put: (id, stream) => {
      streams.set(id, stream);
      // A Map remembers the order of insertion, which is that of their age.
      for (const [known, other] of streams) {
        if (isYoung(other) && streams.size <= maxStreams) break;
        streams.delete(known);
      }
    },
    forget: (id) => void streams.delete(id),
    isYoung,
  };
}
