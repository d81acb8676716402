import { type CallContext, DeliveryError } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import type { CliqClient } from "../access/client.ts";
import type { CliqMessageBody } from "../content/write/compose.ts";
import { type Address, type Endpoint, richEndpoints, textEndpoint } from "../identity/address.ts";
import { attributeKeys } from "../identity/attribute-keys.ts";
import { platformId, postedIds } from "../identity/message-ids.ts";

/** A message and its place. */
export interface Post {
  readonly message: CliqMessageBody;
  readonly address: Address;
  /** `reply_to` and `thread_message_id`, if any. */
  readonly place: Readonly<Record<string, string>>;
}

export interface Speaker {
  readonly client: CliqClient;
  readonly botName: string;
}

/** Posts one message once and returns the ids from Cliq's answer. */
export async function postMessage(
  speaker: Speaker,
  post: Post,
  { signal }: CallContext,
): Promise<readonly string[]> {
  const { message, place } = post;
  const content = { text: message.text, ...richKeys(message, speaker), ...place };
  for (const [at, endpoint] of endpointsOf(post, speaker).entries()) {
    const { path, query = {}, fields = {} } = endpoint;
    // `sync_message` makes Cliq return the id, which a later edit needs.
    const body = { ...content, sync_message: true, ...fields };
    try {
      const call = { method: "POST", path, query, body, signal, repeatable: false } as const;
      return postedIds(await speaker.client.call(call));
    } catch (error) {
      if (at === endpointsOf(post, speaker).length - 1 || !refusesTheWay(error)) throw error;
    }
  }
  return [];
}

function endpointsOf({ message, address }: Post, { botName }: Speaker): readonly Endpoint[] {
  return message.rich === undefined ? [textEndpoint(address, botName)] : richEndpoints(address, botName);
}

function richKeys({ rich }: CliqMessageBody, { botName }: Speaker): object {
  return rich === undefined ? {} : { bot: { name: botName }, ...rich };
}

/**
 * Whether Cliq did nothing and the next endpoint may work: the chat is unknown, or does not accept the message here.
 * Throttling, downtime or silence is not a reason for the next endpoint.
 */
function refusesTheWay(error: unknown): boolean {
  if (!(error instanceof DeliveryError) || error.kind !== "permanent") return false;
  return error.reason === "not_found" || error.reason === "forbidden" || error.reason === "bad_request";
}

/**
 * The fields for the message replied to. The first part of a text quotes it; with `cliq_thread_message_id`, all parts
 * go into its thread. A message whose id Cliq never sent cannot be quoted.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/threads/
 */
export function placeOf(
  command: SendCommand,
  context: CallContext,
): {
  readonly first: Readonly<Record<string, string>>;
  readonly following: Readonly<Record<string, string>>;
} {
  const thread = platformId(command.attributes[attributeKeys.threadMessageId] ?? "");
  const following = thread === undefined ? {} : { thread_message_id: thread };
  const target = command.relation?.targetExternalId || (context.threadRootExternalId ?? "");
  const quoted = platformId(target);
  const first = quoted === undefined || quoted === thread ? following : { ...following, reply_to: quoted };
  return { first, following };
}
