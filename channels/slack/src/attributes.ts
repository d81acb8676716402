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
  /** Of commands: the person who alone sees the answer. */
  ephemeralUser: "slack_ephemeral_user",
  platformTime: "platform_ts",
} as const;
