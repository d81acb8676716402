/** The outcomes of the stored commands. */
export interface PostAccount {
  /** Stored but not shown. */
  readonly lost: number;
  /** Repeated posts, without the first. */
  readonly duplicated: number;
  /** Shown before an earlier command of the same conversation. */
  readonly orderViolations: number;
}

/** The text of a command: its conversation and its place there. */
export function textOf(conversation: string, place: number): string {
  return `${conversation}#${place}`;
}

/** Compares the stored commands, in stream order, with the visible posts, in the order of their appearance. */
export function accountForPosts(stored: readonly string[], shown: readonly string[]): PostAccount {
  const positions = new Map(stored.map((text, position) => [text, position]));
  const counts = new Map<string, number>();
  const latest = new Map<string, number>();
  let orderViolations = 0;
  for (const text of shown) {
    counts.set(text, (counts.get(text) ?? 0) + 1);
    const [conversation = ""] = text.split("#");
    const position = positions.get(text) ?? -1;
    const before = latest.get(conversation) ?? -1;
    if (position < before) orderViolations += 1;
    latest.set(conversation, Math.max(before, position));
  }
  const duplicated = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
  return { lost: stored.filter((text) => !counts.has(text)).length, duplicated, orderViolations };
}
