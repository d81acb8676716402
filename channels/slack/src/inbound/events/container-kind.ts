import { ConversationKind } from "@mio/proto";

/**
 * The kind of the conversation. Mentions and reactions may not contain it. Then only direct messages are recognised,
 * by their id, and the ledger knows the others.
 */
export function containerKind(channelType: string, channel: string): ConversationKind {
  switch (channelType) {
    case "channel":
      return ConversationKind.CHANNEL_PUBLIC;
    case "group":
      return ConversationKind.CHANNEL_PRIVATE;
    case "im":
    case "app_home":
      return ConversationKind.DM;
    case "mpim":
      return ConversationKind.GROUP_DM;
    default:
      return channel.startsWith("D") ? ConversationKind.DM : ConversationKind.UNSPECIFIED;
  }
}
