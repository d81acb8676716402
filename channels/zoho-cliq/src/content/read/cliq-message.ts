/** A message as forwarded by a Cliq handler. Absent texts are empty. */
export interface CliqMessage {
  readonly id: string;
  readonly time: number | undefined;
  /** All readable content, in reading order. */
  readonly text: string;
  readonly mentions: readonly CliqMention[];
  readonly file: CliqFile | undefined;
  /** Further files; from the DM handler often only names. */
  readonly attachments: readonly CliqFile[];
  readonly repliedMessage: CliqRepliedMessage | undefined;
  /** What Mio cannot read, by Cliq's names. */
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
