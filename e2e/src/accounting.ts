/** The observations of a run: event names, each used once. */
export interface Evidence {
  /** All events that were sent. */
  readonly attempted: Iterable<string>;
  /** Events that Mio confirmed: they must arrive. */
  readonly promised: Iterable<string>;
  /** Events that arrived, in order. */
  readonly seen: readonly string[];
}

/** The account of a run; its four fault lists are empty if every promise was kept. */
export interface Account {
  readonly attempted: number;
  readonly promised: number;
  readonly seen: number;
  /** Arrived without a promise: recorded, but the answer was lost. Harmless. */
  readonly recovered: number;
  readonly lost: readonly string[];
  /** Position of the lost events among the promised ones: an outage shows in the middle, a slow relay at the end. */
  readonly lostAt: { readonly prefix: number; readonly middle: number; readonly postfix: number };
  readonly duplicated: readonly string[];
  readonly unexpected: readonly string[];
  /** Arrived after a later event of the same conversation; see {@link nameOf}. */
  readonly overtaken: readonly string[];
}

/** Compares promised events with arrived events. */
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

/** The faults of an account, to compare with {@link noFaults}. */
export function faultsOf({ lost, duplicated, unexpected, overtaken }: Account) {
  return { lost, duplicated, unexpected, overtaken };
}

/** The faults of a run that kept every promise. */
export const noFaults: ReturnType<typeof faultsOf> = {
  lost: [],
  duplicated: [],
  unexpected: [],
  overtaken: [],
};

/** The name of an event: its conversation and its position there. */
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
