/**
 * Attribute keys of Slack messages. An answer must copy `threadTs`, which names its thread. Keys that only commands
 * have are read when a command is sent.
 */
export const attributeKeys = {
  channel: "slack_channel",
  teamId: "slack_team_id",
  enterpriseId: "slack_enterprise_id",
  eventId: "slack_event_id",
  ts: "slack_ts",
  /** The ts of the thread's first message; set on every message in a thread. */
  threadTs: "slack_thread_ts",
  /** `true` on a thread reply that is also shown in the channel. */
  threadBroadcast: "slack_thread_broadcast",
  /** The author. A streamed answer in a channel must name its recipient. */
  recipientUserId: "slack_recipient_user_id",
  /** `true` if a reaction was removed, not added. */
  reactionRemoved: "slack_reaction_removed",
  /** `true` if the text mentions our bot. */
  mentionsBot: "slack_mentions_bot",
  /** `true` if an edit added the mention of our bot. */
  mentionedByEdit: "slack_mentioned_by_edit",
  /** `true` if the author belongs to another organisation, for example in a Slack Connect channel. */
  authorExternal: "slack_author_external",
  /** The workspace of such an author. */
  authorTeamId: "slack_author_team_id",
  /** `true` if the channel is shared with another organisation. */
  sharedChannel: "slack_shared_channel",
  /** The bot and app of the author, also if they posted for a person. */
  botId: "slack_bot_id",
  appId: "slack_app_id",
  /** The types of visible content that Mio cannot read, separated by commas. */
  unreadContent: "slack_unread_content",
  /** The ids of files that Slack withholds, with the reason: `F1:access_denied`. */
  withheldFiles: "slack_withheld_files",
  /** On a command: the only person who sees the answer. */
  ephemeralUser: "slack_ephemeral_user",
  platformTime: "platform_ts",
} as const;
