import { MioError } from "@mio/failure";

/** One unit of work for the group: `key` names what it writes, `waitsFor` what must be committed before it. */
export interface GroupEntry {
  readonly key: string;
  readonly waitsFor?: string | undefined;
}

export interface GroupCommitOptions<Entry extends GroupEntry, Result> {
  /** Writes a batch and tells how each entry ended, in order. Keys within a batch are distinct. */
  readonly write: (batch: readonly Entry[]) => Promise<readonly PromiseSettledResult<Result>[]>;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  /** Entries waiting or in flight, beyond which {@link GroupCommit.submit} refuses. */
  readonly maxQueued: number;
}

export interface GroupCommit<Entry, Result> {
  /**
   * Resolves once the entry is committed. Results are released in the order of submission. An entry
   * whose key is already waiting or in flight joins that one and shares its result.
   *
   * @throws MioError `store.overloaded` when the queue is full; whatever `write` throws or tells for it.
   */
  submit(entry: Entry): Promise<Joined<Result>>;
  /** Entries waiting or in flight. */
  depth(): number;
}

/** `leader` is false for an entry that shared the result of an equal one. */
export interface Joined<Result> {
  readonly result: Result;
  readonly leader: boolean;
}

interface Waiting<Entry, Result> {
  readonly entry: Entry;
  readonly committed: PromiseWithResolvers<Result>;
}

/**
 * Group commit: while one batch is being written, arriving entries gather for the next. There is no
 * timer, so a lone entry never waits.
 */
export function createGroupCommit<Entry extends GroupEntry, Result>(
  options: GroupCommitOptions<Entry, Result>,
): GroupCommit<Entry, Result> {
  const queue: Waiting<Entry, Result>[] = [];
  const known = new Map<string, Waiting<Entry, Result>>();
  const writing = new Set<string>();
  let inFlight = 0;
  let released: Promise<void> = Promise.resolve();

  /** The longest run from the front whose entries wait for nothing that is still being written. */
  const takeBatch = (): Waiting<Entry, Result>[] => {
    const keys = new Set<string>();
    let size = 0;
    for (const { entry } of queue) {
      const target = entry.waitsFor;
      if (size === options.maxBatch) break;
      if (target !== undefined && (keys.has(target) || writing.has(target))) break;
      keys.add(entry.key);
      size += 1;
    }
    return queue.splice(0, size);
  };

  const settle = (
    batch: readonly Waiting<Entry, Result>[],
    outcomes: readonly PromiseSettledResult<Result>[],
  ): void => {
    batch.forEach(({ entry, committed }, at) => {
      writing.delete(entry.key);
      known.delete(entry.key);
      const outcome = outcomes[at];
      if (outcome?.status === "fulfilled") committed.resolve(outcome.value);
      else committed.reject(outcome?.reason ?? new Error("write told no outcome for an entry"));
    });
  };

  const commit = async (batch: readonly Waiting<Entry, Result>[], before: Promise<void>): Promise<void> => {
    const entries = batch.map(({ entry }) => entry);
    const outcomes = await options
      .write(entries)
      .catch((reason: unknown) => entries.map(() => failed(reason)));
    await before;
    settle(batch, outcomes);
  };

  const pump = (): void => {
    while (inFlight < options.maxInFlight && queue.length > 0) {
      const batch = takeBatch();
      if (batch.length === 0) return;
      for (const { entry } of batch) writing.add(entry.key);
      inFlight += 1;
      released = commit(batch, released).then(() => {
        inFlight -= 1;
        pump();
      });
    }
  };

  return {
    async submit(entry) {
      const joined = known.get(entry.key);
      if (joined !== undefined) return { result: await joined.committed.promise, leader: false };
      if (known.size >= options.maxQueued) {
        throw new MioError("store.overloaded", "Too many events wait for the database; try again shortly.", {
          retry: "soon",
        });
      }
      const waiting = { entry, committed: Promise.withResolvers<Result>() };
      known.set(entry.key, waiting);
      queue.push(waiting);
      pump();
      return { result: await waiting.committed.promise, leader: true };
    },
    depth: () => known.size,
  };
}

function failed(reason: unknown): PromiseRejectedResult {
  return { status: "rejected", reason };
}
