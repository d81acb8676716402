import { DeliveryError, type Sent } from "@mio/channel-kit";
import type { Attachment } from "@mio/proto";
import type { SlackClient } from "../access/client.ts";
import type { Part } from "../content/write/compose.ts";
import type { Address } from "../identity/address.ts";
import { contentOf } from "./post.ts";

export interface Ephemeral {
  /** The person who sees it. */
  readonly user: string;
  readonly address: Address;
  readonly threadTs: string | undefined;
  readonly parts: readonly Part[];
  readonly files: readonly Attachment[];
  readonly signal: AbortSignal;
}

/**
 * Shows a message to one person until they reload. Slack stores nothing, so there is no id to edit or find it by.
 *
 * @throws DeliveryError `permanent`/`unsupported` for files, which Slack cannot show to one person only.
 */
export async function postEphemeral(client: SlackClient, message: Ephemeral): Promise<Sent> {
  const { user, address, threadTs, parts, files, signal } = message;
  if (files.length > 0) throw unsupported("Slack cannot show files to one person only.");
  const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
  for (const [index, part] of parts.entries()) {
    const { text, ...more } = contentOf(part);
    const laidOut = more.blocks === undefined ? { text } : { text, blocks: more.blocks };
    const call = client.call({
      method: "chat.postEphemeral",
      args: { channel: address.channel, user, ...laidOut, ...thread },
      signal,
      repeatable: false,
    });
    await (index === 0 ? call : call.catch(throwUnknown));
  }
  return { externalIds: [] };
}

/** The first part was shown and has no id to continue after, so a retry would repeat it. */
function throwUnknown(error: unknown): never {
  if (!(error instanceof DeliveryError)) throw error;
  const { reason, details } = error;
  const message = "Only the first part of the message was shown.";
  throw new DeliveryError({ kind: "unknown", reason, message, details });
}

function unsupported(message: string): DeliveryError {
  return new DeliveryError({ kind: "permanent", reason: "unsupported", message });
}
