/**
 * Attribute keys of Slack messages. An answer carries `threadTs` back: it says which thread it belongs to. The keys
 * that only commands have are understood when a command is sent.
 */
export const attributeKeys = {
  channel: "slack_channel",
  teamId: "slack_team_id",
  enterpriseId: "slack_enterprise_id",
  eventId: "slack_event_id",
  ts: "slack_ts",
  /** The ts of the thread's first message; set on everything inside a thread. */
  threadTs: "slack_thread_ts",
  /** `true` on a thread reply that the channel sees too. */
  threadBroadcast: "slack_thread_broadcast",
  /** The person who wrote; an answer that grows in a channel has to name whom it is for. */
  recipientUserId: "slack_recipient_user_id",
  /** `true` when a reaction was taken away, not added. */
  reactionRemoved: "slack_reaction_removed",
  /** `true` when the text mentions our bot. */
  mentionsBot: "slack_mentions_bot",
  /** `true` when an edit brought the mention of our bot: the message as it was first did not mention it. */
  mentionedByEdit: "slack_mentioned_by_edit",
  /** `true` when the author belongs to another organisation, as in a channel that is shared through Slack Connect. */
  authorExternal: "slack_author_external",
  /** The workspace of such an author. */
  authorTeamId: "slack_author_team_id",
  /** `true` when the channel is shared with another organisation. */
  sharedChannel: "slack_shared_channel",
  /** The bot and the app that wrote, also where they did so for a person. */
  botId: "slack_bot_id",
  appId: "slack_app_id",
  /** The types of what people see and Mio cannot read, separated by commas. */
  unreadContent: "slack_unread_content",
  /** The ids of files that Slack withholds, each with why: `F1:access_denied`. */
  withheldFiles: "slack_withheld_files",
  /** Of commands: the person who alone sees the answer. */
  ephemeralUser: "slack_ephemeral_user",
  platformTime: "platform_ts",
} as const;
