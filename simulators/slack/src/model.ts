/** A user, the app's own bot, or the bot of another app. */
export type SlackAuthorKind = "user" | "bot" | "other_bot";

export interface SlackAuthor {
  readonly kind: SlackAuthorKind;
  /** User id; bots have one too. */
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

/** Slack's own words for kinds of conversations: public and private channel, direct and group message. */
export type SlackChatKind = "channel" | "group" | "im" | "mpim";

export interface SlackChat {
  readonly id: string;
  readonly kind: SlackChatKind;
  /** Of a channel without `#`; of a direct message the user's name. */
  readonly name: string;
  /** Ids of the people, without the bot. */
  readonly memberIds: readonly string[];
  /** Whether the bot was invited; it sees and may do nothing elsewhere. */
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

/** One state of a message's text; the first is what was posted, each further one an edit. */
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
  /** When it was edited last, as Slack writes it. */
  readonly editedTs: string | undefined;
  readonly deletedAt: Date | undefined;
  /** The first message of the thread this one is in; its own `ts` never. */
  readonly threadTs: string | undefined;
  /** A reply that is shown in the channel as well. */
  readonly isBroadcast: boolean;
  readonly subtype: "file_share" | "channel_join" | "bot_message" | undefined;
  readonly clientMsgId: string | undefined;
  /** Blocks as they were posted; what people type has none here. */
  readonly blocks: readonly unknown[];
  readonly attachments: readonly unknown[];
  readonly files: readonly SlackFile[];
  readonly reactions: readonly SlackReaction[];
  readonly metadata: SlackMetadata | undefined;
  /** Of a message that was posted as a stream. */
  readonly stream: SlackStream | undefined;
  /** The only person who sees an ephemeral message. */
  readonly ephemeralFor: string | undefined;
}

/** A text that grows, as it was appended so far. */
export interface SlackStream {
  readonly markdown: string;
  readonly isOpen: boolean;
}

export interface SlackMetadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}
