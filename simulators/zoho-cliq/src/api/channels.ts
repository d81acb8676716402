import { type Answer, refuse } from "./answer.ts";
import type { Call, Platform } from "./call.ts";

const maxLimit = 100;

/**
 * The channels of the token's owner.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/channels/
 */
export function listChannels({ state }: Platform, { query }: Call): Answer {
  const limit = Number(query.get("limit") ?? maxLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    return refuse(400, "invalid_inputs", "The value of 'limit' is invalid.");
  }
  const channels = state.chats().filter(({ kind }) => kind === "channel");
  const rows = channels.slice(0, limit).map(({ id, name, title, channelId }) => ({
    ...{ channel_id: channelId, chat_id: id, name: title, unique_name: name },
  }));
  return { status: 200, body: { channels: rows } };
}
