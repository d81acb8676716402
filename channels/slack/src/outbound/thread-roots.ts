import { DeliveryError } from "@mio/channel-kit";
import type { SlackClient } from "../access/client.ts";
import { platformCodeOf } from "../access/failure.ts";
import type { Address } from "../identity/address.ts";
import { compositeId } from "../identity/composite-id.ts";

/** How many threads are remembered; the one that was not used for longest is asked for again. */
const maxRoots = 1_000;

/** Knows which threads exist. */
export interface ThreadRoots {
  /**
   * The ts to answer under, or undefined outside threads. A reply stands for its thread.
   *
   * @throws DeliveryError `permanent`/`not_found` when Slack has no such message.
   */
  find(address: Address, signal: AbortSignal): Promise<string | undefined>;
  /** Whether the thread that was found surely exists; without the right to ask nobody knows. */
  knows(address: Address): boolean;
}

/**
 * Asks Slack for threads that Mio does not know, before anything is posted: for a thread that does not exist Slack
 * reports no error and shows the answer to the whole channel. Where it cannot be asked (no scope to read, too many
 * calls) the message is posted and looked at, and taken back when it landed in the channel.
 */
export function createThreadRoots(client: SlackClient): ThreadRoots {
  const roots = new Map<string, string>();
  const remember = (id: string, root: string): string => {
    roots.delete(id);
    roots.set(id, root);
    const [oldest] = roots.keys();
    if (roots.size > maxRoots && oldest !== undefined) roots.delete(oldest);
    return root;
  };
  return {
    find: async ({ channel, thread }, signal) => {
      if (thread === undefined || thread.isKnown) return thread?.ts;
      const id = compositeId(channel, thread.ts);
      const remembered = roots.get(id);
      if (remembered !== undefined) return remember(id, remembered);
      const root = await askFor(client, { channel, ts: thread.ts, signal });
      return root === undefined ? thread.ts : remember(id, root);
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

/** The root of the thread that a message is in, or is; undefined when that cannot be found out. */
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

/** Slack does not let us look; whether it lets us post is another question. */
function isRefusal({ kind, reason }: DeliveryError): boolean {
  return kind === "permanent" && reason !== "not_found" && reason !== "refresh_failed";
}

export function noThread(): DeliveryError {
  const message = "The thread to answer in does not exist in the channel; nothing stays posted.";
  return new DeliveryError({ kind: "permanent", reason: "not_found", message });
}
