import { type CallContext, DeliveryError, rethrowUnlessUnrelated, type Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { toTexts } from "../content/write/compose.ts";
import { addressOf, requireChat } from "../identity/address.ts";
import { timeOfId } from "../identity/canonical-id.ts";
import { requirePlatformId } from "../identity/message-ids.ts";
import { placeOf, postMessage } from "./post.ts";
import { findOwnTexts, type ReconcileOptions } from "./reconcile.ts";
import { removeMessages } from "./remove.ts";

interface Edit {
  readonly command: SendCommand;
  /** The ids of the target's messages. */
  readonly targets: readonly string[];
}

/**
 * Replaces the text of the target's messages, part by part. A longer text gets further messages; surplus messages are
 * deleted. Only text can be edited. An edit with other content is rejected, because dropping it would lose it
 * silently.
 */
export async function editMessages(
  options: ReconcileOptions,
  { command, targets }: Edit,
  context: CallContext,
): Promise<Sent> {
  const texts = await textsOf(command);
  const chat = requireChat(command);
  const ids = targets.map(requirePlatformId);
  const kept = ids.slice(0, texts.length);
  for (const [at, id] of kept.entries()) {
    const call = options.client.call({
      method: "PUT",
      path: ["chats", chat, "messages", id],
      body: { text: texts[at] ?? "" },
      signal: context.signal,
      repeatable: true,
      isChange: true,
    });
    await (at === 0 ? call : call.catch(rethrowUnlessUnrelated));
  }
  const surplus = ids.slice(texts.length);
  if (surplus.length > 0) {
    await removeMessages(options.client, { command, targets: surplus }, context).catch(
      rethrowUnlessUnrelated,
    );
  }
  const rest = { command, after: ids, texts: texts.slice(ids.length) };
  const further = await postFurther(options, rest, context).catch(rethrowUnlessUnrelated);
  return { externalIds: [...kept, ...further] };
}

interface Further {
  readonly command: SendCommand;
  /** The ids of the target's messages before the edit. */
  readonly after: readonly string[];
  readonly texts: readonly string[];
}

/** An edit is retried after any fate, so later attempts search for further messages. */
async function postFurther(
  options: ReconcileOptions,
  { command, after, texts }: Further,
  context: CallContext,
): Promise<readonly string[]> {
  if (texts.length === 0) return [];
  const from = Math.max(0, ...after.map((id) => timeOfId(id) ?? 0));
  const wanted = { chat: requireChat(command), from, texts };
  const found = context.attempt > 1 ? await findOwnTexts(options, wanted, context) : [];
  const address = addressOf(command);
  const { following: place } = placeOf(command, context);
  const ids = [...found];
  for (const text of texts.slice(found.length)) {
    ids.push(
      ...(await postMessage(options, { message: { text, rich: undefined }, address, place }, context)),
    );
  }
  return ids;
}

async function textsOf(command: SendCommand): Promise<readonly string[]> {
  const { richContent, attachments } = command;
  if (richContent !== undefined || attachments.length > 0) {
    const message = "Only the text of a Cliq message can be edited; send cards and files as a new message.";
    throw new DeliveryError({ kind: "permanent", reason: "unsupported", message });
  }
  const texts = await toTexts(command);
  if (texts.length > 0) return texts;
  throw new DeliveryError({ kind: "permanent", reason: "invalid", message: "The command has no text." });
}
