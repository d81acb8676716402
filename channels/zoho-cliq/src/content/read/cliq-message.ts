/** A message as a Cliq handler forwards it. Absent texts are empty. */
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
