import type { Clock } from "@mio/service-kit";
import { type Bucket, giveTokens, type Taken, takeTokens } from "./bucket.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { SharedBuckets } from "./shared-buckets.ts";

/** How a request for a turn ends. Only an asker that does not wait gets `none`. */
export type Answer = "turn" | "none" | "changed";

interface Asker {
  readonly place: number;
  /** Whether it wants a later turn when there is none now. */
  readonly waits: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Change {
  readonly apply: (bucket: Bucket) => Bucket;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What this process wants of one bucket: turns, and changes such as turns that are given back. */
export interface Line {
  limit: RateLimit;
  readonly askers: Set<Asker>;
  readonly changes: Change[];
  /** Ends the sleep until the next turn. */
  wake: AbortController;
}

export interface LineDeps {
  readonly clock: Pick<Clock, "sleep">;
  readonly buckets: Pick<SharedBuckets, "change" | "now">;
}

export function emptyLine(limit: RateLimit): Line {
  return { limit, askers: new Set(), changes: [], wake: new AbortController() };
}

/** Resolves when the bucket is changed; rejects when it cannot be. */
export function addChange(line: Line, apply: Change["apply"]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  line.changes.push({ apply, resolve, reject });
  line.wake.abort();
  return promise;
}

export function isWanted({ askers, changes }: Line): boolean {
  return askers.size > 0 || changes.length > 0;
}

/** Changes the bucket once, for all who are in the line. When there is no turn, sleeps until there may be one. */
export async function serveOnce(line: Line, { buckets, clock }: LineDeps): Promise<void> {
  const taken = await changeBucket(line, buckets);
  if (taken?.kind === "taken") giveTurns(line, taken.count);
  if (taken?.kind === "wait") await untilNext(line, taken.ms, clock);
}

export function rejectAll({ askers, changes }: Line, error: unknown): void {
  for (const { reject } of [...askers, ...changes]) reject(error);
}

/** Makes the changes that were asked for, then takes turns; undefined when none is asked for. */
async function changeBucket(line: Line, { change, now }: LineDeps["buckets"]): Promise<Taken | undefined> {
  const { limit } = line;
  const changes = [...line.changes];
  let taken: Taken | undefined;
  await change(limit, (bucket) => {
    const changed = changes.reduce((before, { apply }) => apply(before), bucket);
    const wanted = line.askers.size;
    taken = wanted === 0 ? undefined : takeTokens(changed, limit.perSecond, { wanted, now: now() });
    if (taken?.kind === "taken") return taken.bucket;
    return changes.length === 0 ? undefined : changed;
  });
  line.changes.splice(0, changes.length);
  for (const { resolve } of changes) resolve();
  return taken;
}

/** Gives turns to the most urgent askers, also those who came while the turns were taken. */
function giveTurns(line: Line, count: number): void {
  const first = [...line.askers].toSorted((one, other) => one.place - other.place).slice(0, count);
  for (const asker of first) {
    line.askers.delete(asker);
    asker.resolve("turn");
  }
  const unused = count - first.length;
  if (unused === 0) return;
  const apply = (bucket: Bucket): Bucket => giveTokens(bucket, line.limit.perSecond, unused);
  line.changes.push({ apply, resolve: () => {}, reject: () => {} });
}

/** Refuses those who do not wait, and sleeps unless a change came meanwhile. */
async function untilNext(line: Line, ms: number, clock: LineDeps["clock"]): Promise<void> {
  for (const asker of line.askers) {
    if (asker.waits) continue;
    line.askers.delete(asker);
    asker.resolve("none");
  }
  if (line.askers.size === 0 || line.changes.length > 0) return;
  line.wake = new AbortController();
  await clock.sleep(ms, line.wake.signal).catch(() => undefined);
}
