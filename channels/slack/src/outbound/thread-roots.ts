import { DeliveryError } from "@mio/channel-kit";
import { createBoundedMap } from "@mio/pacing";
import type { SlackClient } from "../access/client.ts";
import { platformCodeOf } from "../access/failure.ts";
import type { Address } from "../identity/address.ts";
import { compositeId } from "../identity/composite-id.ts";

/** The number of cached threads; beyond it, the least recently used is dropped. */
const maxRoots = 1_000;

/** A cache of existing threads. */
export interface ThreadRoots {
  /**
   * The ts to answer under; undefined outside threads. The ts of a reply resolves to its thread.
   *
   * @throws DeliveryError `permanent`/`not_found` if Slack has no such message.
   */
  find(address: Address, signal: AbortSignal): Promise<string | undefined>;
  /** Whether the thread is known to exist; without the right to read this stays unknown. */
  knows(address: Address): boolean;
}

/**
 * Looks up unknown threads before anything is posted: for a thread that does not exist, Slack returns no error and
 * shows the answer in the channel. If the lookup is impossible (missing scope, too many calls), the message is
 * posted, checked, and deleted if it appeared in the channel.
 */
export function createThreadRoots(client: SlackClient): ThreadRoots {
  const roots = createBoundedMap<string, string>(maxRoots);
  return {
    find: async ({ channel, thread }, signal) => {
      if (thread === undefined || thread.isKnown) return thread?.ts;
      const id = compositeId(channel, thread.ts);
      const cached = roots.get(id);
      if (cached !== undefined) return cached;
      const root = await askFor(client, { channel, ts: thread.ts, signal });
      if (root === undefined) return thread.ts;
      roots.set(id, root);
      return root;
    },
    knows: ({ channel, thread }) =>
      thread !== undefined && (thread.isKnown || roots.has(compositeId(channel, thread.ts))),
  };
}

interface Question {
  readonly channel: string;
  readonly ts: string;
  readonly signal: AbortSignal;
}

/** The root of a message's thread, or the message itself; undefined if it cannot be found out. */
export async function askFor(
  client: SlackClient,
  { channel, ts, signal }: Question,
): Promise<string | undefined> {
  try {
    const answer = await client.call({
      method: "conversations.replies",
      args: { channel, ts, limit: 1, inclusive: true },
      signal,
      repeatable: true,
    });
    if (answer.messages === undefined) return undefined;
    const [first] = answer.messages;
    if (first === undefined) throw noThread();
    return first.thread_ts ?? first.ts;
  } catch (error) {
    if (unknownThread.has(platformCodeOf(error) ?? "")) throw noThread();
    if (error instanceof DeliveryError && (error.kind === "throttled" || isRefusal(error))) return undefined;
    throw error;
  }
}

const unknownThread: ReadonlySet<string> = new Set(["message_not_found", "thread_not_found"]);

/** Slack does not let us read, which says nothing about posting. */
function isRefusal({ kind, reason }: DeliveryError): boolean {
  return kind === "permanent" && reason !== "not_found" && reason !== "refresh_failed";
}

export function noThread(): DeliveryError {
  const message = "The thread to answer in does not exist in the channel; nothing remains posted.";
  return new DeliveryError({ kind: "permanent", reason: "not_found", message });
}
