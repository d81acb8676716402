import { type CallContext, DeliveryError, type Sender, type Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import { z } from "zod";
import { attributeKeys } from "./attributes.ts";
import { canonicalId } from "./canonical-id.ts";
import type { CliqClient } from "./client.ts";
import { toCliqText } from "./format.ts";
import { parseJson } from "./parse-json.ts";
import { createReconcile, type ReconcileOptions } from "./reconcile.ts";

/** Where a message goes, and as whom: only the first two are posted by the bot. */
type Address =
  | { readonly kind: "channel"; readonly name: string }
  | { readonly kind: "direct"; readonly userId: string }
  | { readonly kind: "chat"; readonly id: string };

export interface SenderOptions extends Omit<ReconcileOptions, "client"> {
  readonly client: CliqClient;
}

export function createSender(options: SenderOptions): Sender {
  const { client, botName } = options;
  return {
    send: (command, context) => post(client, { command, botName, context }),
    edit: (command, targetExternalId, context) => edit(client, { command, targetExternalId, context }),
    reconcile: createReconcile(options),
  };
}

/** A channel by its name, a person by id, else the chat itself. */
function addressOf(command: SendCommand): Address {
  const name = command.attributes[attributeKeys.channelName];
  if (name) return { kind: "channel", name };
  const userId = command.attributes[attributeKeys.userId];
  if (userId) return { kind: "direct", userId };
  return { kind: "chat", id: requireChat(command) };
}

function requireChat(command: SendCommand): string {
  const chat = command.conversationExternalId;
  if (chat !== "") return chat;
  const message = `The command has neither ${attributeKeys.channelName}, ${attributeKeys.userId} nor a chat id.`;
  throw new DeliveryError({ kind: "permanent", reason: "invalid", message });
}

async function post(
  client: CliqClient,
  { command, botName, context }: { command: SendCommand; botName: string; context: CallContext },
): Promise<Sent> {
  // `sync_message` makes Cliq answer with the id, which a later edit needs.
  const body = { text: toCliqText(command), sync_message: true };
  const answer = await client.call({
    method: "POST",
    ...target(addressOf(command), botName, body),
    ...once(context),
  });
  return { externalIds: answer.truncated ? [] : messageIds(answer.text) };
}

function target(
  address: Address,
  botName: string,
  body: Readonly<Record<string, unknown>>,
): {
  path: readonly string[];
  query?: Readonly<Record<string, string>>;
  body: Readonly<Record<string, unknown>>;
} {
  switch (address.kind) {
    case "channel":
      return { path: ["channelsbyname", address.name, "message"], query: { bot_unique_name: botName }, body };
    case "direct":
      return { path: ["bots", botName, "message"], body: { ...body, userids: address.userId } };
    case "chat":
      return { path: ["chats", address.id, "message"], body };
  }
}

async function edit(
  client: CliqClient,
  request: { command: SendCommand; targetExternalId: string; context: CallContext },
): Promise<Sent> {
  const { command, targetExternalId, context } = request;
  await client.call({
    method: "PUT",
    path: ["chats", requireChat(command), "messages", targetExternalId],
    body: { text: toCliqText(command) },
    signal: context.signal,
    repeatable: true,
  });
  return { externalIds: [targetExternalId] };
}

function once({ signal }: CallContext): { readonly signal: AbortSignal; readonly repeatable: false } {
  return { signal, repeatable: false };
}

const word = z.union([z.string(), z.number()]).transform(String);

/** A post to a channel or chat answers `message_id` (older posts `id`); a post by the bot one for each person. */
const posted = z.object({
  message_id: word.optional().catch(undefined),
  id: word.optional().catch(undefined),
  message_details: z
    .record(z.string(), z.object({ message_id: word }))
    .optional()
    .catch(undefined),
});

function messageIds(text: string): readonly string[] {
  try {
    const { message_id, id, message_details } = posted.parse(parseJson(text));
    const single = message_id ?? id;
    const several = Object.values(message_details ?? {}).map((detail) => detail.message_id);
    return (single === undefined ? several : [single]).map(canonicalId).filter((found) => found !== "");
  } catch {
    // Cliq posted it and told no id: also `204 No Content`.
    return [];
  }
}
