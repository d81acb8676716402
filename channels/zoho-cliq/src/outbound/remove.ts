import { type CallContext, DeliveryError, type Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import type { CliqClient } from "../access/client.ts";
import { requireChat } from "../identity/address.ts";
import { requirePlatformId } from "../identity/message-ids.ts";

interface Removal {
  readonly command: SendCommand;
  readonly targets: readonly string[];
}

const change = { repeatable: true, isChange: true } as const;

/**
 * Deletes messages.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/messages/
 */
export async function removeMessages(
  client: CliqClient,
  { command, targets }: Removal,
  context: CallContext,
): Promise<Sent> {
  const chat = requireChat(command);
  for (const id of targets.map(requirePlatformId)) {
    const path = ["chats", chat, "messages", id];
    try {
      await client.call({ method: "DELETE", path, signal: context.signal, ...change });
    } catch (error) {
      if (!isGoneAlready(error, context)) throw error;
    }
  }
  return { externalIds: targets };
}

/** After the first attempt, a message unknown to Cliq was deleted by an earlier one. */
function isGoneAlready(error: unknown, { attempt }: CallContext): boolean {
  return attempt > 1 && error instanceof DeliveryError && error.reason === "not_found";
}
