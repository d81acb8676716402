/**
 * A unique id of a message, because Slack's ts is unique only within a channel: `C042:1700000000.000100`. Empty if a
 * half is missing or the channel contains the separator: then two messages could share one id.
 */
export function compositeId(channel: string, ts: string): string {
  return channel === "" || ts === "" || channel.includes(":") ? "" : `${channel}:${ts}`;
}

const fileMark = "#file";

/**
 * The id of the message that shows the files of a text. It differs from the text's id, so that an edit of the text
 * does not touch it.
 */
export function fileMessageId(id: string): string {
  return id === "" ? "" : `${id}${fileMark}`;
}

export function isFileMessage(id: string): boolean {
  return id.endsWith(fileMark);
}

/** The halves of a composite id; undefined for any other text. Only the first colon separates. */
export function parseCompositeId(id: string): { readonly channel: string; readonly ts: string } | undefined {
  const plain = isFileMessage(id) ? id.slice(0, -fileMark.length) : id;
  const at = plain.indexOf(":");
  if (at <= 0 || at === plain.length - 1) return undefined;
  return { channel: plain.slice(0, at), ts: plain.slice(at + 1) };
}

/** Whether a text has the form of Slack's ts, `seconds.micros`. */
export function isTs(text: string): boolean {
  return /^\d{1,12}\.\d{1,9}$/.test(text);
}
