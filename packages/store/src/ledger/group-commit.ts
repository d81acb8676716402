import { MioError } from "@mio/failure";

/** One unit of work for the group: `key` names what it writes, `waitsFor` what must be committed before it. */
export interface GroupEntry {
  readonly key: string;
  /** A second name of what it writes, in the same space of names as `key`. */
  readonly alias?: string | undefined;
  readonly waitsFor?: string | undefined;
}

export interface GroupCommitOptions<Entry extends GroupEntry, Result> {
  /** Writes a batch and tells how each entry ended, in order. Keys and aliases within a batch are distinct. */
  readonly write: (batch: readonly Entry[]) => Promise<readonly PromiseSettledResult<Result>[]>;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  /**
   * So many entries, at least one, must wait before a batch is written beside another. Fewer wait for that one to end:
   * their results would be held back until then anyway, and one larger batch costs less than two small ones.
   */
  readonly minBeside: number;
  /** Entries waiting or in flight, beyond which {@link GroupCommit.submit} refuses. */
  readonly maxQueued: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
}

export interface GroupCommit<Entry, Result> {
  /**
   * Resolves once the entry is committed. Results are released in the order of submission. An entry
   * of which a name is already waiting or in flight joins that one and shares its result.
   *
   * @throws MioError `store.overloaded` when the queue is full; whatever `write` throws or tells for it.
   */
  submit(entry: Entry): Promise<Joined<Entry, Result>>;
  /** Entries waiting or in flight. */
  depth(): number;
  /** Age of the oldest entry that is waiting or in flight, in milliseconds; 0 when none is. */
  oldestMs(): number;
}

export interface Joined<Entry, Result> {
  readonly result: Result;
  /** What was written: another one than the caller's where that shared the result of an equal one. */
  readonly written: Entry;
}

interface Waiting<Entry, Result> {
  readonly entry: Entry;
  readonly committed: PromiseWithResolvers<Result>;
  readonly since: number;
}

/**
 * Group commit: while one batch is being written, arriving entries gather for the next. There is no
 * timer, so a lone entry that finds nothing in flight never waits.
 */
export function createGroupCommit<Entry extends GroupEntry, Result>(
  options: GroupCommitOptions<Entry, Result>,
): GroupCommit<Entry, Result> {
  const { now = () => performance.now() } = options;
  const queue: Waiting<Entry, Result>[] = [];
  /** In the order of submission, which is the order of release. */
  const known = new Map<string, Waiting<Entry, Result>>();
  const writing = new Set<string>();
  let depth = 0;
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
    depth -= batch.length;
    batch.forEach(({ entry, committed }, at) => {
      writing.delete(entry.key);
      for (const name of namesOf(entry)) known.delete(name);
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

  const worthABatch = (): number => (inFlight === 0 ? 1 : options.minBeside);
  const pump = (): void => {
    while (inFlight < options.maxInFlight && queue.length >= worthABatch()) {
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
      const names = namesOf(entry);
      const joined = names.map((name) => known.get(name)).find((waiting) => waiting !== undefined);
      if (joined !== undefined) return await resultOf(joined);
      if (depth >= options.maxQueued) throw overloaded();
      const waiting = { entry, committed: Promise.withResolvers<Result>(), since: now() };
      for (const name of names) known.set(name, waiting);
      depth += 1;
      queue.push(waiting);
      pump();
      return await resultOf(waiting);
    },
    depth: () => depth,
    oldestMs: () => ageOf(known.values().next().value, now),
  };
}

function overloaded(): MioError {
  const message = "Too many events wait for the database; try again shortly.";
  return new MioError("store.overloaded", message, { retry: "soon" });
}

function ageOf(waiting: { readonly since: number } | undefined, now: () => number): number {
  return waiting === undefined ? 0 : now() - waiting.since;
}

function namesOf({ key, alias }: GroupEntry): readonly string[] {
  return alias === undefined ? [key] : [key, alias];
}

async function resultOf<Entry, Result>({
  entry,
  committed,
}: Waiting<Entry, Result>): Promise<Joined<Entry, Result>> {
  return { result: await committed.promise, written: entry };
}

function failed(reason: unknown): PromiseRejectedResult {
  return { status: "rejected", reason };
}
