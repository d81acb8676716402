import type { MessageContent } from "../../content/read/message-content.ts";

/** An event as Slack wraps it; the same by webhook and by socket. Absent texts are empty. */
export interface SlackEnvelope {
  readonly teamId: string;
  readonly enterpriseId: string;
  readonly appId: string;
  readonly eventId: string;
  /** Seconds. */
  readonly eventTime: number | undefined;
  /** Whether the channel is shared with another organisation. */
  readonly isExternallyShared: boolean;
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
  /** As Slack sends it; what people see is the content. */
  readonly text: string;
  readonly ts: string;
  readonly threadTs: string;
  readonly clientMsgId: string;
  readonly files: readonly SlackFile[];
  readonly content: MessageContent;
  /** The workspaces that Slack names for the author: of the person, and of where the message was written. */
  readonly authorTeams: readonly string[];
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number;
  readonly url: string;
  /** Why there is nothing to fetch; empty when there is, or when it can be looked up by its id. */
  readonly withheld: "" | "hidden_by_limit" | "access_denied";
}

/** What a reaction is on. */
export interface SlackItem {
  readonly type: string;
  readonly channel: string;
  readonly channelType: string;
  readonly ts: string;
}
