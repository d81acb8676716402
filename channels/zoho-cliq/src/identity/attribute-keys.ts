/** Attribute keys of Cliq messages. An answer must copy `channelName` or `userId`, which name its place. */
export const attributeKeys = {
  operation: "cliq_operation",
  channelName: "cliq_channel_name",
  organizationId: "cliq_org_id",
  /** The person of a direct message. */
  userId: "cliq_user_id",
  /** The message id in the handler's spelling. */
  messageId: "cliq_message_id",
  mentions: "cliq_mentions",
  /** On a message: `true` if it mentions a bot of ours, also after an edit. */
  mentionsBot: "cliq_mentions_bot",
  attachment: "cliq_attachment",
  /** Parts of a message that Mio cannot read, by Cliq's names. */
  unreadContent: "cliq_unread_content",
  /** `true` if the author belongs to another organisation, or is a guest. */
  authorExternal: "cliq_author_external",
  /** Cliq's type of the chat, such as `channel` or `guests`. */
  chatType: "cliq_chat_type",
  /** On a command: the message in whose thread to post. */
  threadMessageId: "cliq_thread_message_id",
  /** On a reaction: `true` removes it. */
  reactionRemoved: "cliq_reaction_removed",
  displayName: "conversation_display_name",
  platformTime: "platform_ts",
} as const;
