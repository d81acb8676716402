/** A user, the app's own bot, or the bot of another app. */
export type SlackAuthorKind = "user" | "bot" | "other_bot";

export interface SlackAuthor {
  readonly kind: SlackAuthorKind;
  /** User id; bots have one as well. */
  readonly id: string;
  readonly name: string;
  readonly botId: string | undefined;
  readonly appId: string | undefined;
}

export interface SlackTeam {
  readonly id: string;
  readonly name: string;
  /** The part of the workspace's address before `.slack.com`. */
  readonly domain: string;
}

/** The app in one workspace. */
export interface SlackBot {
  readonly userId: string;
  readonly botId: string;
  readonly appId: string;
  readonly name: string;
}

export interface SlackUser {
  readonly id: string;
  /** The handle, as in `@alice`. */
  readonly handle: string;
  readonly name: string;
}

/** Slack's words for public channel, private channel, direct message and group message. */
export type SlackChatKind = "channel" | "group" | "im" | "mpim";

export interface SlackChat {
  readonly id: string;
  readonly kind: SlackChatKind;
  /** A channel name without `#`, or the user's name for a direct message. */
  readonly name: string;
  /** Ids of the members, without the bot. */
  readonly memberIds: readonly string[];
  /** Whether the bot is a member. Elsewhere it sees nothing and can do nothing. */
  readonly hasBot: boolean;
  readonly isArchived: boolean;
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly mime: string;
  readonly size: number;
  readonly userId: string;
  readonly createdAt: Date;
}

export interface SlackReaction {
  readonly name: string;
  readonly userIds: readonly string[];
}

/** One version of a message's text. The first is the post, each later one an edit. */
export interface SlackRevision {
  readonly text: string;
  readonly at: Date;
}

export interface SlackMessage {
  readonly teamId: string;
  readonly channel: string;
  readonly ts: string;
  readonly author: SlackAuthor;
  /** In Slack's markup: `<@U…>`, `&amp;`. */
  readonly text: string;
  readonly postedAt: Date;
  readonly revisions: readonly SlackRevision[];
  /** Time of the last edit, as Slack writes it. */
  readonly editedTs: string | undefined;
  readonly deletedAt: Date | undefined;
  /** `ts` of the thread's root; undefined on the root itself. */
  readonly threadTs: string | undefined;
  /** Whether a reply is also shown in the channel. */
  readonly isBroadcast: boolean;
  readonly subtype: "file_share" | "channel_join" | "bot_message" | undefined;
  readonly clientMsgId: string | undefined;
  /** Blocks as posted; empty for messages that people type. */
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  readonly files: readonly SlackFile[];
  readonly reactions: readonly SlackReaction[];
  readonly metadata: SlackMetadata | undefined;
  /** Set for a message that was posted as a stream. */
  readonly stream: SlackStream | undefined;
  /** The only person who sees an ephemeral message. */
  readonly ephemeralFor: string | undefined;
}

/** The text of a stream so far. */
export interface SlackStream {
  readonly markdown: string;
  readonly isOpen: boolean;
}

export interface SlackMetadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}
