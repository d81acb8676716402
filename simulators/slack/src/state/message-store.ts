import type { SlackMessage } from "../model.ts";

/** The messages of a workspace, by channel and by thread. Drops the oldest when it is full. */
export interface MessageStore {
  /** Adds or replaces a message. */
  put(message: SlackMessage): void;
  get(channel: string, ts: string): SlackMessage | undefined;
  inChannel(channel: string): readonly SlackMessage[];
  inThread(channel: string, threadTs: string): readonly SlackMessage[];
  all(): Iterable<SlackMessage>;
}

export function createMessageStore(maxMessages: number): MessageStore {
  const byKey = new Map<string, SlackMessage>();
  const tsOfChannel = new Map<string, Set<string>>();
  const tsOfThread = new Map<string, Set<string>>();

  const evict = (): void => {
    const oldest = byKey.values().next().value;
    if (oldest === undefined) return;
    const { channel, threadTs, ts } = oldest;
    byKey.delete(keyOf(channel, ts));
    forget(tsOfChannel, channel, ts);
    if (threadTs !== undefined) forget(tsOfThread, keyOf(channel, threadTs), ts);
  };
  const known = (channel: string, all: ReadonlySet<string> = new Set()): readonly SlackMessage[] =>
    [...all].flatMap((ts) => byKey.get(keyOf(channel, ts)) ?? []);

  return {
    put(message) {
      const { channel, threadTs, ts } = message;
      byKey.set(keyOf(channel, ts), message);
      remember(tsOfChannel, channel, ts);
      if (threadTs !== undefined) remember(tsOfThread, keyOf(channel, threadTs), ts);
      if (byKey.size > maxMessages) evict();
    },
    get: (channel, ts) => byKey.get(keyOf(channel, ts)),
    inChannel: (channel) => known(channel, tsOfChannel.get(channel)),
    inThread: (channel, threadTs) => known(channel, tsOfThread.get(keyOf(channel, threadTs))),
    all: () => byKey.values(),
  };
}

function remember(sets: Map<string, Set<string>>, key: string, ts: string): void {
  const known = sets.get(key);
  if (known) known.add(ts);
  else sets.set(key, new Set([ts]));
}

function forget(sets: Map<string, Set<string>>, key: string, ts: string): void {
  const known = sets.get(key);
  known?.delete(ts);
  if (known?.size === 0) sets.delete(key);
}

function keyOf(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}
