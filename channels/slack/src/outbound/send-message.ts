import type { CallContext, Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import type { SlackClient } from "../access/client.ts";
import { compose } from "../content/write/compose.ts";
import { type Address, addressOf } from "../identity/address.ts";
import { attributeKeys } from "../identity/attribute-keys.ts";
import { fileMessageId, parseCompositeId } from "../identity/composite-id.ts";
import { keepSent } from "./keep-sent.ts";
import { post } from "./post.ts";
import { postEphemeral } from "./send-ephemeral.ts";
import { streamPlaceOf } from "./stream/streamable.ts";
import type { Streams } from "./stream/streams.ts";
import type { ThreadRoots } from "./thread-roots.ts";
import type { Files } from "./upload.ts";

export interface SendOptions {
  readonly client: SlackClient;
  readonly roots: ThreadRoots;
  readonly files: Files;
  readonly streams: Streams;
}

/**
 * Posts a command: its content, in as many messages as needed, then its files in one more. The bytes of the files are
 * uploaded first, invisible until shared, so that failures with files happen before anything is shown. Continues
 * after what is known to be sent.
 */
export async function sendMessage(
  command: SendCommand,
  context: CallContext,
  options: SendOptions,
): Promise<Sent> {
  const { client, roots, files } = options;
  const address = addressOf(command, context);
  const user = command.attributes[attributeKeys.ephemeralUser];
  const { parts, files: kept } = await compose(command);
  const { signal, alreadySent } = context;
  const threadTs = await roots.find(address, signal);
  if (user) return await postEphemeral(client, { user, address, threadTs, parts, files: kept, signal });
  const begun = await beginStream(command, context, { ...options, address, threadTs });
  if (begun !== undefined) return { externalIds: [begun].filter((id) => id !== "") };
  const externalIds = [...alreadySent];
  try {
    const wantsFiles = kept.length > 0 && alreadySent.length <= parts.length;
    const uploaded = wantsFiles ? await files.upload(kept, context) : [];
    for (const [index, part] of parts.entries()) {
      if (index < alreadySent.length) continue;
      const stamp = { sendId: command.id, part: index + 1, parts: parts.length };
      const broadcast = address.broadcast && index === 0;
      externalIds.push(
        await post(client, { channel: address.channel, threadTs, broadcast, part, stamp, signal }),
      );
    }
    if (uploaded.length > 0) {
      const place = { channel: channelOf(externalIds, address), threadTs, signal };
      const id = await files.share(uploaded, place);
      externalIds.push(parts.length === 0 ? id : fileMessageId(id));
    }
    return { externalIds: externalIds.filter((id) => id !== "") };
  } catch (error) {
    throw keepSent(error, externalIds);
  }
}

interface Thread extends Pick<SendOptions, "roots" | "streams"> {
  readonly address: Address;
  readonly threadTs: string | undefined;
}

/**
 * Starts a stream for a text that will grow, if possible. Only in a known thread, because the answer does not contain
 * where it appeared.
 */
async function beginStream(
  command: SendCommand,
  { alreadySent, signal }: CallContext,
  { roots, streams, address, threadTs }: Thread,
): Promise<string | undefined> {
  const place = streamPlaceOf(command, address);
  if (place === undefined || threadTs === undefined || alreadySent.length > 0) return undefined;
  if (!roots.knows(address)) return undefined;
  return await streams.begin(command, { place, channel: address.channel, threadTs, signal });
}

/** The channel of the text: a message to a person opens a direct message, which has its own channel. */
function channelOf(externalIds: readonly string[], { channel }: Address): string {
  return parseCompositeId(externalIds[0] ?? "")?.channel ?? channel;
}
