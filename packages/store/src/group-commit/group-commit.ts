import { MioError } from "@mio/failure";
import { createSpacing, type SpacingOptions } from "./spacing.ts";

/** One entry of a batch: `key` identifies it, `waitsFor` is the key that must be committed first. */
export interface GroupEntry {
  readonly key: string;
  /** A second id of the entry, in the same namespace as `key`. */
  readonly alias?: string | undefined;
  readonly waitsFor?: string | undefined;
}

/** With a spacing, fewer entries than `minBeside` wait for it; a load of small batches becomes one of larger ones. */
export interface GroupCommitOptions<Entry extends GroupEntry, Result> extends SpacingOptions {
  /** Writes a batch and returns the outcome of each entry, in order. Keys and aliases within a batch are distinct. */
  readonly write: (batch: readonly Entry[]) => Promise<readonly PromiseSettledResult<Result>[]>;
  readonly maxBatch: number;
  readonly maxInFlight: number;
  /**
   * Minimum number of waiting entries, at least 1, to start a batch while another is in flight. Fewer entries wait:
   * their results would be delayed by that batch anyway, and one large batch is cheaper than two small ones.
   */
  readonly minBeside: number;
  /** Entries waiting or in flight, above which {@link GroupCommit.submit} rejects. */
  readonly maxQueued: number;
  /**
   * Whether results are released in submission order. Without it a batch that gets no answer delays no other one.
   */
  readonly inOrder: boolean;
  /** Milliseconds of a monotonic clock. Default `performance.now`. */
  readonly now?: () => number;
}

export interface GroupCommit<Entry, Result> {
  /**
   * Resolves once the entry is committed. An entry whose key or alias is already waiting or in flight shares that
   * entry's result.
   *
   * @throws MioError `store.overloaded` if the queue is full; any error that `write` throws or returns for the entry.
   */
  submit(entry: Entry): Promise<Joined<Entry, Result>>;
  /** Entries waiting or in flight. */
  depth(): number;
  /** Age of the oldest entry that is waiting or in flight, in milliseconds; 0 without one. */
  oldestMs(): number;
}

export interface Joined<Entry, Result> {
  readonly result: Result;
  /** The entry that was written: not the caller's own if it shared the result of an equal one. */
  readonly written: Entry;
}

interface Waiting<Entry, Result> {
  readonly entry: Entry;
  readonly committed: PromiseWithResolvers<Result>;
  readonly since: number;
}

/**
 * Group commit: while one batch is being written, arriving entries collect for the next. A lone entry never waits: no
 * batch is in flight, and none started just now.
 */
export function createGroupCommit<Entry extends GroupEntry, Result>(
  options: GroupCommitOptions<Entry, Result>,
): GroupCommit<Entry, Result> {
  const { now = () => performance.now() } = options;
  const queue: Waiting<Entry, Result>[] = [];
  /** In submission order, which is the release order. */
  const known = new Map<string, Waiting<Entry, Result>>();
  const writing = new Set<string>();
  let depth = 0;
  let inFlight = 0;
  let released: Promise<void> = Promise.resolve();

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
      else committed.reject(outcome?.reason ?? new Error("write returned no outcome for an entry"));
    });
  };

  const commit = async (batch: readonly Waiting<Entry, Result>[], before: Promise<void>): Promise<void> => {
    const entries = batch.map(({ entry }) => entry);
    const outcomes = await options
      .write(entries)
      .catch((reason: unknown) => entries.map(() => failed(reason)));
    if (options.inOrder) await before;
    settle(batch, outcomes);
  };

  const spacing = createSpacing(options, now);
  /** Enough entries wait to start beside another batch, or any wait and none is in flight. */
  const isDue = (): boolean =>
    queue.length >= options.minBeside || (queue.length > 0 && inFlight === 0 && !spacing.delays(pump));
  const pump = (): void => {
    while (inFlight < options.maxInFlight && isDue()) {
      const batch = queue.splice(0, countReady(queue, writing, options.maxBatch));
      if (batch.length === 0) return;
      for (const { entry } of batch) writing.add(entry.key);
      inFlight += 1;
      spacing.started();
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

/** The number of entries at the head of the queue that wait for nothing that is being written. */
function countReady(
  queue: readonly { readonly entry: GroupEntry }[],
  writing: ReadonlySet<string>,
  max: number,
): number {
  const keys = new Set<string>();
  let count = 0;
  for (const { entry } of queue) {
    const target = entry.waitsFor;
    if (count === max) break;
    if (target !== undefined && (keys.has(target) || writing.has(target))) break;
    keys.add(entry.key);
    count += 1;
  }
  return count;
}

function overloaded(): MioError {
  const message = "Too many writes wait for the database; try again shortly.";
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
