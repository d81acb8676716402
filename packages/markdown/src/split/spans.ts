/** The delimiters around a text: a mark, the ticks of code, the fences of a block. */
export interface Wrap {
  readonly open: string;
  readonly close: string;
}

/** A piece of text within its wraps, the outermost first. */
export interface Span {
  readonly kind: "text" | "code" | "atom" | "structure" | "block";
  readonly text: string;
  readonly wraps: readonly Wrap[];
  /** Replaces an atom that does not fit into a part. */
  readonly instead?: string;
}

/** How many wraps two neighbours share; these stay open between them. */
export function sharedWraps(one: readonly Wrap[], other: readonly Wrap[]): number {
  const most = Math.min(one.length, other.length);
  let count = 0;
  while (count < most && one[count]?.open === other[count]?.open) count += 1;
  return count;
}

/** The closing delimiters of the wraps from `from` on, the innermost first. */
export function closingOf(wraps: readonly Wrap[], from: number): string {
  return wraps
    .slice(from)
    .map(({ close }) => close)
    .toReversed()
    .join("");
}

export function openingOf(wraps: readonly Wrap[], from: number): string {
  return wraps
    .slice(from)
    .map(({ open }) => open)
    .join("");
}
