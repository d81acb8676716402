import { ConversationKind } from "@mio/proto";
import type { CliqEvent } from "./cliq-event.ts";
import { directOperation } from "./operations.ts";

/** The kind of the conversation. Cliq does not distinguish private channels from public ones. */
export function containerKind({ operation, chat }: CliqEvent): ConversationKind {
  if (chat.isDirect) return ConversationKind.DM;
  if (chat.isChannel) return ConversationKind.CHANNEL_PUBLIC;
  return operation === directOperation ? ConversationKind.DM : ConversationKind.UNSPECIFIED;
}
