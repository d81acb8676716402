import type { MessageContent } from "../../content/read/message-content.ts";

/** An event in Slack's envelope, the same by webhook and socket. Absent texts are empty. */
export interface SlackEnvelope {
  readonly teamId: string;
  readonly enterpriseId: string;
  readonly appId: string;
  readonly eventId: string;
  /** Seconds. */
  readonly eventTime: number | undefined;
  /** Whether the channel is shared with another organisation. */
  readonly isExternallyShared: boolean;
  /** One installation of the app that may see the event. Slack sends only one. */
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

/** The inner event. A message's own fields are at its top level. */
export interface SlackEvent extends SlackMessage {
  readonly type: string;
  readonly channel: string;
  readonly channelType: string;
  readonly eventTs: string;
  readonly deletedTs: string;
  /** The message after a change. */
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
  /** The text as Slack sends it; `content` is what people see. */
  readonly text: string;
  readonly ts: string;
  readonly threadTs: string;
  readonly clientMsgId: string;
  readonly files: readonly SlackFile[];
  readonly content: MessageContent;
  /** The author's workspaces according to Slack: of the person, and of the place of writing. */
  readonly authorTeams: readonly string[];
}

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number;
  readonly url: string;
  /** Why the file cannot be fetched; empty if it can, or if it can be looked up by its id. */
  readonly withheld: "" | "hidden_by_limit" | "access_denied";
}

/** The target of a reaction. */
export interface SlackItem {
  readonly type: string;
  readonly channel: string;
  readonly channelType: string;
  readonly ts: string;
}
