import { DeliveryError } from "@mio/channel-kit";
import type { SlackClient } from "../access/client.ts";
import type { Part } from "../content/write/compose.ts";
import { compositeId } from "../identity/composite-id.ts";
import { type Stamp, toMetadata } from "./stamps/stamp.ts";
import { noThread } from "./thread-roots.ts";
import { withPicturesOrLinks } from "./with-pictures.ts";

export interface Post {
  readonly channel: string;
  readonly threadTs: string | undefined;
  readonly broadcast: boolean;
  readonly part: Part;
  readonly stamp: Stamp;
  readonly signal: AbortSignal;
}

/**
 * Posts one message and returns its id, empty if Slack returned none.
 *
 * @throws DeliveryError `permanent`/`not_found` if it appeared outside its thread and was deleted.
 */
export async function post(client: SlackClient, message: Post): Promise<string> {
  const { signal } = message;
  const around = { ...placeOf(message), metadata: toMetadata(message.stamp) };
  const answer = await withPicturesOrLinks(message.part, (part) =>
    client.call({
      method: "chat.postMessage",
      args: { ...contentOf(part), ...around },
      signal,
      repeatable: false,
    }),
  );
  const channel = answer.channel ?? message.channel;
  const ts = answer.ts ?? "";
  const isMisplaced =
    message.threadTs !== undefined && answer.message !== undefined && !answer.message.thread_ts;
  if (isMisplaced) await takeBack(client, { channel, ts, signal });
  return compositeId(channel, ts);
}

/** Links are not previewed, because an answer may have many; pictures and videos are. */
export function contentOf({ text, blocks }: Part): {
  text: string;
  blocks?: { type: string }[];
  unfurl_links: boolean;
  unfurl_media: boolean;
} {
  const laidOut = blocks.length === 0 ? {} : { blocks: [...blocks] };
  return { text, ...laidOut, unfurl_links: false, unfurl_media: true };
}

type Place =
  | { channel: string }
  | { channel: string; thread_ts: string }
  | { channel: string; thread_ts: string; reply_broadcast: true };

function placeOf({ channel, threadTs, broadcast }: Post): Place {
  if (threadTs === undefined) return { channel };
  return broadcast
    ? { channel, thread_ts: threadTs, reply_broadcast: true }
    : { channel, thread_ts: threadTs };
}

interface Misplaced {
  readonly channel: string;
  readonly ts: string;
  readonly signal: AbortSignal;
}

/** The channel shows a message that was meant for a thread: delete it. */
async function takeBack(client: SlackClient, { channel, ts, signal }: Misplaced): Promise<never> {
  const failure: unknown = await client
    .call({ method: "chat.delete", args: { channel, ts }, signal, repeatable: true })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  if (failure === undefined) throw noThread();
  throw new DeliveryError({
    kind: "permanent",
    reason: "not_found",
    message:
      "The thread does not exist; Slack showed the answer to the channel, and it could not be deleted.",
    sent: { externalIds: [compositeId(channel, ts)] },
    cause: failure,
  });
}
