/** What became of the commands that were stored. */
export interface PostAccount {
  /** Stored and not shown. */
  readonly lost: number;
  /** Shown more than once, each further time. */
  readonly duplicated: number;
  /** Shown before something that was stored earlier in the same conversation. */
  readonly orderViolations: number;
}

/** The text of a command: its conversation and its place there. */
export function textOf(conversation: string, place: number): string {
  return `${conversation}#${place}`;
}

/** Compares what was stored, in the order of the stream, with what people can see, in the order in which they saw it. */
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
