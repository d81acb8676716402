/** An event as Slack wraps it; the same by webhook and by socket. Absent texts are empty. */
export interface SlackEnvelope {
  readonly teamId: string;
  readonly enterpriseId: string;
  readonly appId: string;
  readonly eventId: string;
  /** Seconds. */
  readonly eventTime: number | undefined;
  /** One installation of the app that may see the event; Slack names no more than one. */
  readonly authorization: SlackAuthorization | undefined;
  readonly event: SlackEvent;
}

export interface SlackAuthorization {
  readonly teamId: string;
  readonly enterpriseId: string;
  readonly userId: string;
  /** Whether `userId` is the app's bot, not the person who installed it. */
  readonly isBot: boolean;
  readonly isEnterpriseInstall: boolean;
}

/** The inner event. For messages its own fields are those of the message. */
export interface SlackEvent extends SlackMessage {
  readonly type: string;
  readonly channel: string;
  readonly channelType: string;
  readonly eventTs: string;
  readonly deletedTs: string;
  /** What a change made of the message. */
  readonly message: SlackMessage | undefined;
  readonly previousMessage: SlackMessage | undefined;
  readonly reaction: string;
  readonly item: SlackItem | undefined;
}

export interface SlackMessage {
  readonly subtype: string;
  readonly user: string;
  readonly botId: string;
  readonly appId: string;
  /** The name that a bot shows. */
  readonly botName: string;
  readonly text: string;
  readonly ts: string;
  readonly threadTs: string;
  readonly clientMsgId: string;
  readonly files: readonly SlackFile[];
  readonly blocks: SlackBlocks;
}

/** What is laid out beside or instead of the text, as plain text. */
export interface SlackBlocks {
  readonly text: string;
  /** Whether an app laid them out; Slack itself adds `rich_text` to what people type, sometimes later. */
  readonly byApp: boolean;
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number;
  readonly url: string;
}

/** What a reaction is on. */
export interface SlackItem {
  readonly type: string;
  readonly channel: string;
  readonly channelType: string;
  readonly ts: string;
}
