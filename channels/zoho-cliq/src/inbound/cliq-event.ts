import type { CliqMessage } from "../content/read/cliq-message.ts";

/** What a Cliq handler forwarded, in any of its shapes. Absent texts are empty. */
export interface CliqEvent {
  /** `message_sent`, `message_edited`, `message`, or a newer one; empty if the handler does not say. */
  readonly operation: string;
  /** The time of the event, in ms since 1970; for an edit not the original's. */
  readonly time: number | undefined;
  /** The platform's time of sending, in ms since 1970; never a time added by a script. */
  readonly sentAt: number | undefined;
  /** The handler's random word for this run, for events without an id. */
  readonly nonce: string;
  /** The name of the bot's handler, if forwarded. */
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
  /** Of another organisation, or a guest, if the handler says so. */
  readonly isExternal: boolean;
}

export interface CliqChat {
  readonly id: string;
  readonly title: string;
  /** `channel`, `chat`, `bot`, `dm`, `guests`, `thread` and others; empty if the handler does not say. */
  readonly type: string;
  readonly channelName: string;
  readonly isChannel: boolean;
  readonly isDirect: boolean;
}
