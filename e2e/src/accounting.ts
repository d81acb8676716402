/** What a run is judged by: names of events, each given out once. */
export interface Evidence {
  /** Everything that was tried. */
  readonly attempted: Iterable<string>;
  /** What Mio answered for: it must arrive. */
  readonly promised: Iterable<string>;
  /** What arrived, in the order of arrival. */
  readonly seen: readonly string[];
}

/** The account of a run; the four lists of faults are empty when every promise was kept. */
export interface Account {
  readonly attempted: number;
  readonly promised: number;
  readonly seen: number;
  /** Arrived without a promise: written, and the answer got lost. Harmless. */
  readonly recovered: number;
  readonly lost: readonly string[];
  /** Where the lost ones were among the promised: an outage shows in the middle, a lazy relay at the end. */
  readonly lostAt: { readonly prefix: number; readonly middle: number; readonly postfix: number };
  readonly duplicated: readonly string[];
  readonly unexpected: readonly string[];
  /** Arrived after a later one of the same conversation; see {@link nameOf}. */
  readonly overtaken: readonly string[];
}

/** Sets every event that was promised against every event that arrived. */
export function toAccount(evidence: Evidence): Account {
  const attempted = new Set(evidence.attempted);
  const promised = new Set(evidence.promised);
  const seen = new Set(evidence.seen);
  const isLost = [...promised].map((name) => !seen.has(name));
  const lost = [...promised].filter((name) => !seen.has(name));
  const prefix = countUntil(isLost, false);
  const postfix = lost.length === promised.size ? 0 : countUntil(isLost.toReversed(), false);
  return {
    attempted: attempted.size,
    promised: promised.size,
    seen: seen.size,
    recovered: [...seen].filter((name) => attempted.has(name) && !promised.has(name)).length,
    lost,
    lostAt: { prefix, middle: lost.length - prefix - postfix, postfix },
    duplicated: evidence.seen.filter((name, at) => evidence.seen.indexOf(name) !== at),
    unexpected: [...seen].filter((name) => !attempted.has(name)),
    overtaken: findOvertaken(evidence.seen),
  };
}

/** The faults of an account, for comparison with {@link noFaults}. */
export function faultsOf({ lost, duplicated, unexpected, overtaken }: Account) {
  return { lost, duplicated, unexpected, overtaken };
}

/** Every promise kept. */
export const noFaults: ReturnType<typeof faultsOf> = {
  lost: [],
  duplicated: [],
  unexpected: [],
  overtaken: [],
};

/** The name of an event: its conversation and its place there. */
export function nameOf(conversation: string, place: number): string {
  return `${conversation}#${place}`;
}

function findOvertaken(seen: readonly string[]): readonly string[] {
  const last = new Map<string, number>();
  return seen.filter((name) => {
    const [conversation = "", place = ""] = name.split("#");
    const before = last.get(conversation) ?? -1;
    last.set(conversation, Math.max(before, Number(place)));
    return Number(place) < before;
  });
}

function countUntil(flags: readonly boolean[], stop: boolean): number {
  const at = flags.indexOf(stop);
  return at === -1 ? flags.length : at;
}
