/**
 * Slack numbers messages within a channel, so an id that stands alone has both halves: `C042:1700000000.000100`. Empty
 * when a half is missing, or when the channel holds the mark between them: two messages would share one id.
 */
export function compositeId(channel: string, ts: string): string {
  return channel === "" || ts === "" || channel.includes(":") ? "" : `${channel}:${ts}`;
}

const fileMark = "#file";

/** The id of the message that shows the files of a text, so that an edit of the text leaves it alone. */
export function fileMessageId(id: string): string {
  return id === "" ? "" : `${id}${fileMark}`;
}

export function isFileMessage(id: string): boolean {
  return id.endsWith(fileMark);
}

/** The halves of a composite id; undefined when it is none. Only the first colon separates. */
export function parseCompositeId(id: string): { readonly channel: string; readonly ts: string } | undefined {
  const plain = isFileMessage(id) ? id.slice(0, -fileMark.length) : id;
  const at = plain.indexOf(":");
  if (at <= 0 || at === plain.length - 1) return undefined;
  return { channel: plain.slice(0, at), ts: plain.slice(at + 1) };
}

/** Whether a text has the form of Slack's times, `seconds.micros`. */
export function isTs(text: string): boolean {
  return /^\d{1,12}\.\d{1,9}$/.test(text);
}
