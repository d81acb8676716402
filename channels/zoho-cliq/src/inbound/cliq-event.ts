import type { CliqMessage } from "../content/read/cliq-message.ts";

/** What a Cliq handler forwarded, whatever the shape it came in. Absent texts are empty. */
export interface CliqEvent {
  /** `message_sent`, `message_edited`, `message`, or something newer; empty when the handler does not say. */
  readonly operation: string;
  /** When it happened, in ms since 1970; for an edit not the time of the original. */
  readonly time: number | undefined;
  /** When the platform says that the message was sent, in ms since 1970; never a time that a script added. */
  readonly sentAt: number | undefined;
  /** A word that the handler made for this run, when the platform gives no id. */
  readonly nonce: string;
  /** The name of the bot's handler, where what was forwarded names it. */
  readonly handler: string;
  readonly message: CliqMessage | undefined;
  readonly user: CliqUser;
  readonly chat: CliqChat;
}

export interface CliqUser {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly isBot: boolean;
  /** Of another organisation, or a guest, as far as the handler says so. */
  readonly isExternal: boolean;
}

export interface CliqChat {
  readonly id: string;
  readonly title: string;
  /** `channel`, `chat`, `bot`, `dm`, `guests`, `thread` and others; empty when the handler does not say. */
  readonly type: string;
  readonly channelName: string;
  readonly isChannel: boolean;
  readonly isDirect: boolean;
}
