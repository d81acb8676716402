import { ConversationKind, type Message } from "@mio/proto";

/** What kind of conversation a message was said in; `unspecified` also for kinds that this SDK does not know. */
export type ConversationKindWord =
  | "dm"
  | "group_dm"
  | "public_channel"
  | "private_channel"
  | "thread"
  | "forum_post"
  | "broadcast"
  | "unspecified";

const words: Readonly<Record<number, ConversationKindWord>> = {
  [ConversationKind.DM]: "dm",
  [ConversationKind.GROUP_DM]: "group_dm",
  [ConversationKind.CHANNEL_PUBLIC]: "public_channel",
  [ConversationKind.CHANNEL_PRIVATE]: "private_channel",
  [ConversationKind.THREAD]: "thread",
  [ConversationKind.FORUM_POST]: "forum_post",
  [ConversationKind.BROADCAST]: "broadcast",
};

export function toConversationKind({ conversationKind }: Message): ConversationKindWord {
  return words[conversationKind] ?? "unspecified";
}
