import type { Timers } from "@mio/pacing";
import { type SendCommand, SendCommand_Stage as Stage } from "@mio/proto";
import type { SharedBuckets } from "./buckets.ts";
import { type Bucket, giveTokens, type RateLimit, slowed, type Taken, takeTokens } from "./buckets.ts";
import { createSlices, type Slices } from "./slices.ts";

/** A request for a turn. */
export interface TurnRequest {
  readonly limit: RateLimit;
  readonly rank: Rank;
  /** When it was made first, in ms; a repeated request keeps its position. */
  readonly askedAt: number;
}

/**
 * Keeps calls within the rate of a platform, which all sender pools share. It takes turns in slices, so that most need no
 * statement. Requests wait here, in process, and use up no delivery. The most urgent request of this process goes first; an old request gains urgency.
 */
export interface Governor {
  /**
   * Waits for the next turn of the bucket. Resolves to `changed` when the limits may have changed: look them up and ask
   * again. Rejects when `signal` aborts, and when the buckets cannot be read.
   */
  turn(request: TurnRequest, signal: AbortSignal): Promise<"turn" | "changed">;
  /**
   * Takes a turn if there is one now and no more urgent request of this process takes it. Rejects when the buckets cannot
   * be read.
   */
  turnNow(request: TurnRequest): Promise<boolean>;
  /** Returns an unused turn. */
  giveBack(limit: RateLimit): Promise<void>;
  /** The platform throttled a call; `afterMs` is the delay it asked for, undefined when it named none. */
  throttled(limit: RateLimit, afterMs: number | undefined): Promise<void>;
  /** Whether the platform has asked for a pause since the turn was given. */
  isPaused(limit: RateLimit): boolean;
  /** Resolves all waiting requests to `changed`. */
  limitsChanged(): void;
  /** Buckets with waiting requests. */
  readonly size: number;
}

export function createGovernor(
  clock: Timers,
  buckets: Pick<SharedBuckets, "change" | "pausedUntil" | "now">,
): Governor {
  const lines = new Map<string, Line>();
  const { now } = buckets;
  const slices = createSlices(now);

  const open = (limit: RateLimit): Line => {
    const line = emptyLine(limit);
    lines.set(limit.key, line);
    const serve = async (): Promise<void> => {
      try {
        while (isWanted(line)) await serveOnce(line, { clock, buckets, slices });
      } catch (error) {
        rejectAll(line, error);
      }
      // No await between the last check and here, so that no request joins a line that is no longer served.
      lines.delete(limit.key);
    };
    // After the first request has joined.
    queueMicrotask(() => void serve());
    return line;
  };
  const lineOf = (limit: RateLimit): Line => lines.get(limit.key) ?? open(limit);

  const join = ({ limit, rank, askedAt }: TurnRequest, { waits }: { readonly waits: boolean }) => {
    const line = lineOf(limit);
    // A waiting request has the newest limit.
    if (waits || !isAwaited(line)) line.limit = limit;
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
    const asker = { position: positionOf(rank, askedAt), waits, resolve, reject };
    line.askers.add(asker);
    if (!waits) line.wake();
    const leave = (reason: unknown): void => {
      line.askers.delete(asker);
      reject(reason);
    };
    return { answer, leave };
  };

  /** A turn for a request that no other one waits with. */
  const atOnce = ({ limit }: TurnRequest): boolean => !lines.has(limit.key) && slices.spend(limit, 1) === 1;

  return {
    get size() {
      return lines.size;
    },
    async turn(request, signal) {
      signal.throwIfAborted();
      if (atOnce(request)) return "turn";
      const { answer, leave } = join(request, { waits: true });
      const giveUp = (): void => leave(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      const given = await answer.finally(() => signal.removeEventListener("abort", giveUp));
      return given === "turn" ? "turn" : "changed";
    },
    turnNow: async (request) => atOnce(request) || (await join(request, { waits: false }).answer) === "turn",
    async giveBack(limit) {
      if (slices.putBack(limit)) lines.get(limit.key)?.wake();
      else await addChange(lineOf(limit), (bucket) => giveTokens(bucket, limit.perSecond, 1));
    },
    throttled(limit, afterMs) {
      slices.discard(limit.key);
      return addChange(lineOf(limit), (bucket) => slowed(bucket, limit.perSecond, { afterMs, now: now() }));
    },
    isPaused: ({ key }) => buckets.pausedUntil(key) > now(),
    limitsChanged() {
      for (const line of lines.values()) {
        for (const { resolve } of line.askers) resolve("changed");
        line.askers.clear();
        line.wake();
      }
    },
  };
}

function isAwaited({ askers }: Line): boolean {
  return [...askers].some(({ waits }) => waits);
}

/** The answer to a request. Only a request that does not wait gets `none`. */
type Answer = "turn" | "none" | "changed";

interface Asker {
  readonly position: number;
  /** Whether it accepts a later turn. */
  readonly waits: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Change {
  readonly apply: (bucket: Bucket) => Bucket;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The requests and changes of this process for one bucket. */
interface Line {
  limit: RateLimit;
  readonly askers: Set<Asker>;
  readonly changes: Change[];
  /** Ends the wait for the next turn. */
  wake: () => void;
}

interface LineDeps {
  readonly clock: Timers;
  readonly buckets: Pick<SharedBuckets, "change" | "now">;
  readonly slices: Slices;
}

function emptyLine(limit: RateLimit): Line {
  return { limit, askers: new Set(), changes: [], wake: () => {} };
}

/** Resolves once the bucket has changed; rejects when it cannot be changed. */
function addChange(line: Line, apply: Change["apply"]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  line.changes.push({ apply, resolve, reject });
  line.wake();
  return promise;
}

function isWanted({ askers, changes }: Line): boolean {
  return askers.size > 0 || changes.length > 0;
}

/** Serves the line from the slice, or changes the bucket once for all of it. Without a turn it sleeps until the next. */
async function serveOnce(line: Line, deps: LineDeps): Promise<void> {
  if (line.changes.length === 0 && giveFromSlice(line, deps.slices)) return;
  const taken = await changeBucket(line, deps);
  if (taken?.kind === "taken") giveTaken(line, taken, deps.slices);
  // A turn may have been given back in the meantime.
  if (taken?.kind === "wait" && !giveFromSlice(line, deps.slices))
    await untilNext(line, waitMs(line.limit, taken.ms), deps.clock);
}

/** At a high rate an empty bucket gives single turns, each with a statement. A short wait gathers some. */
const gatherMs = 25;

function waitMs({ perSecond }: RateLimit, untilNextMs: number): number {
  const gathers = (perSecond * gatherMs) / 1_000 >= 2;
  return gathers ? Math.max(untilNextMs, gatherMs) : untilNextMs;
}

function giveFromSlice(line: Line, slices: Slices): boolean {
  const count = slices.spend(line.limit, line.askers.size);
  giveTurns(line, count);
  return count > 0;
}

function rejectAll({ askers, changes }: Line, error: unknown): void {
  for (const { reject } of [...askers, ...changes]) reject(error);
}

/** Applies the changes, then takes turns; undefined when no request waits for one. */
async function changeBucket(line: Line, { buckets, slices }: LineDeps): Promise<Taken | undefined> {
  const { change, now } = buckets;
  const { limit } = line;
  const changes = [...line.changes];
  let taken: Taken | undefined;
  await change(limit, (bucket) => {
    const changed = changes.reduce((before, { apply }) => apply(before), bucket);
    const asked = line.askers.size;
    const wanted = changed.slowdown === undefined ? Math.max(asked, slices.sizeOf(limit)) : asked;
    taken = asked === 0 ? undefined : takeTokens(changed, limit.perSecond, { wanted, now: now() });
    if (taken?.kind === "taken") return taken.bucket;
    return changes.length === 0 ? undefined : changed;
  });
  line.changes.splice(0, changes.length);
  for (const { resolve } of changes) resolve();
  return taken;
}

/** Gives turns that were just taken, and keeps the others. */
function giveTaken(line: Line, { count, bucket }: Extract<Taken, { kind: "taken" }>, slices: Slices): void {
  const { limit } = line;
  const unused = count - giveTurns(line, count);
  if (slices.sizeOf(limit) > 0) slices.keep(limit, bucket, unused);
  else if (unused > 0) {
    const apply = (before: Bucket): Bucket => giveTokens(before, limit.perSecond, unused);
    line.changes.push({ apply, resolve: () => {}, reject: () => {} });
  }
}

/** Gives turns to the most urgent requests, also to those that came in the meantime; returns how many. */
function giveTurns(line: Line, count: number): number {
  const first = [...line.askers].toSorted((one, other) => one.position - other.position).slice(0, count);
  for (const asker of first) {
    line.askers.delete(asker);
    asker.resolve("turn");
  }
  return first.length;
}

/** Refuses requests that do not wait, and sleeps unless a change came in the meantime. */
async function untilNext(line: Line, ms: number, clock: LineDeps["clock"]): Promise<void> {
  for (const asker of line.askers) {
    if (asker.waits) continue;
    line.askers.delete(asker);
    asker.resolve("none");
  }
  if (line.askers.size === 0 || line.changes.length > 0) return;
  const { promise: woken, resolve } = Promise.withResolvers<void>();
  line.wake = resolve;
  using _timer = clock.after(ms, resolve);
  await woken;
}

/** The urgency of a call when turns are scarce. */
export type Rank = "answer" | "beginning" | "change" | "reaction";

/** What a command shows to its readers: an answer, a sign that one is coming, a change of it, or a reaction. */
export function rankOf(
  { stage }: Pick<SendCommand, "stage">,
  operation: "send" | "edit" | "delete" | "reaction",
): Rank {
  if (operation === "reaction") return "reaction";
  if (stage === Stage.FINAL) return "answer";
  if (operation !== "send") return "change";
  return stage === Stage.UNSPECIFIED ? "answer" : "beginning";
}

/**
 * A command goes before another one of this rank that is older by less than this, in ms. Since the handicap is a time, no
 * command starves.
 */
const handicapMs: Readonly<Record<Rank, number>> = {
  answer: 0,
  beginning: 3_000,
  change: 10_000,
  reaction: 20_000,
};

/** The position in the line: the lowest goes first. */
export function positionOf(rank: Rank, askedAt: number): number {
  return askedAt + handicapMs[rank];
}
