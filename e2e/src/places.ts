import type { SendInit } from "@mio/sdk";
import { readStream, waitUntilPublished } from "./evidence.ts";
import type { Fleet } from "./fleet.ts";

/** The target of a command. */
export type Place = Omit<SendInit, "text">;

/** Posts a greeting in each channel, so that an agent has a place to answer. */
export async function openPlaces(
  fleet: Fleet,
  conversations: readonly string[],
): Promise<ReadonlyMap<string, Place>> {
  for (const chat of conversations) await fleet.cliq.say({ chat, user: "Alice", text: chat });
  await waitUntilPublished(fleet);
  const messages = await readStream(fleet.nats.url);
  return new Map(
    messages.map(({ text, tenantId, accountId, channelType, ...message }) => {
      const { conversationId, conversationExternalId } = message;
      const attributes = { cliq_channel_name: message.attributes["cliq_channel_name"] ?? "" };
      const place = { tenantId, accountId, channelType, conversationId, conversationExternalId, attributes };
      return [text, place];
    }),
  );
}
