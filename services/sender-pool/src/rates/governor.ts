import type { Clock } from "@mio/pacing";
import { type SendCommand, SendCommand_Stage as Stage } from "@mio/proto";
import type { SharedBuckets } from "./buckets.ts";
import { type Bucket, giveTokens, type RateLimit, slowed, type Taken, takeTokens } from "./buckets.ts";

/** A request for a turn. */
export interface TurnRequest {
  readonly limit: RateLimit;
  readonly rank: Rank;
  /** When it was made first, in ms; a repeated request keeps its position. */
  readonly askedAt: number;
}

/**
 * Keeps calls within the rate of a platform, which all sender pools share. Requests wait here, in process, and use up no
 * delivery. The most urgent request of this process goes first; an old request gains urgency.
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
  clock: Pick<Clock, "sleep">,
  buckets: Pick<SharedBuckets, "change" | "pausedUntil" | "now">,
): Governor {
  const lines = new Map<string, Line>();
  const { now } = buckets;

  const open = (limit: RateLimit): Line => {
    const line = emptyLine(limit);
    lines.set(limit.key, line);
    const serve = async (): Promise<void> => {
      try {
        while (isWanted(line)) await serveOnce(line, { clock, buckets });
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
    if (!waits) line.wake.abort();
    const leave = (reason: unknown): void => {
      line.askers.delete(asker);
      reject(reason);
    };
    return { answer, leave };
  };

  return {
    get size() {
      return lines.size;
    },
    async turn(request, signal) {
      signal.throwIfAborted();
      const { answer, leave } = join(request, { waits: true });
      const giveUp = (): void => leave(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      const given = await answer.finally(() => signal.removeEventListener("abort", giveUp));
      return given === "turn" ? "turn" : "changed";
    },
    turnNow: async (request) => (await join(request, { waits: false }).answer) === "turn",
    giveBack: (limit) => addChange(lineOf(limit), (bucket) => giveTokens(bucket, limit.perSecond, 1)),
    throttled: (limit, afterMs) =>
      addChange(lineOf(limit), (bucket) => slowed(bucket, limit.perSecond, { afterMs, now: now() })),
    isPaused: ({ key }) => buckets.pausedUntil(key) > now(),
    limitsChanged() {
      for (const line of lines.values()) {
        for (const { resolve } of line.askers) resolve("changed");
        line.askers.clear();
        line.wake.abort();
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
  /** Aborts the sleep until the next turn. */
  wake: AbortController;
}

interface LineDeps {
  readonly clock: Pick<Clock, "sleep">;
  readonly buckets: Pick<SharedBuckets, "change" | "now">;
}

function emptyLine(limit: RateLimit): Line {
  return { limit, askers: new Set(), changes: [], wake: new AbortController() };
}

/** Resolves once the bucket has changed; rejects when it cannot be changed. */
function addChange(line: Line, apply: Change["apply"]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  line.changes.push({ apply, resolve, reject });
  line.wake.abort();
  return promise;
}

function isWanted({ askers, changes }: Line): boolean {
  return askers.size > 0 || changes.length > 0;
}

/** Changes the bucket once for the whole line. Without a turn it sleeps until there may be one. */
async function serveOnce(line: Line, { buckets, clock }: LineDeps): Promise<void> {
  const taken = await changeBucket(line, buckets);
  if (taken?.kind === "taken") giveTurns(line, taken.count);
  if (taken?.kind === "wait") await untilNext(line, taken.ms, clock);
}

function rejectAll({ askers, changes }: Line, error: unknown): void {
  for (const { reject } of [...askers, ...changes]) reject(error);
}

/** Applies the changes, then takes turns; undefined when no request waits for one. */
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

/** Gives the turns to the most urgent requests, also to those that came in the meantime. */
function giveTurns(line: Line, count: number): void {
  const first = [...line.askers].toSorted((one, other) => one.position - other.position).slice(0, count);
  for (const asker of first) {
    line.askers.delete(asker);
    asker.resolve("turn");
  }
  const unused = count - first.length;
  if (unused === 0) return;
  const apply = (bucket: Bucket): Bucket => giveTokens(bucket, line.limit.perSecond, unused);
  line.changes.push({ apply, resolve: () => {}, reject: () => {} });
}

/** Refuses requests that do not wait, and sleeps unless a change came in the meantime. */
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
