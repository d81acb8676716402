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

export interface CliqMessage {
  readonly id: string;
  readonly time: number | undefined;
  /** Everything that can be read of it, in reading order. */
  readonly text: string;
  readonly mentions: readonly CliqMention[];
  readonly file: CliqFile | undefined;
  /** Further files; of the DM handler often names only. */
  readonly attachments: readonly CliqFile[];
  readonly repliedMessage: CliqRepliedMessage | undefined;
  /** What else it has and Mio cannot read, by the names that Cliq gives. */
  readonly unread: readonly string[];
}

export interface CliqMention {
  readonly id: string;
  readonly name: string;
  readonly dname: string;
  readonly type: string;
}

export interface CliqFile {
  readonly name: string;
  readonly type: string;
  readonly url: string;
}

export interface CliqRepliedMessage {
  readonly id: string;
  readonly text: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly time: number | undefined;
  readonly type: string;
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
