/** Slack numbers messages within a channel, so an id that stands alone has both halves: `C042:1700000000.000100`. */
export function compositeId(channel: string, ts: string): string {
  return channel === "" || ts === "" ? "" : `${channel}:${ts}`;
}

/** The halves of a composite id; undefined when it is none. Only the first colon separates. */
export function parseCompositeId(id: string): { readonly channel: string; readonly ts: string } | undefined {
  const at = id.indexOf(":");
  if (at <= 0 || at === id.length - 1) return undefined;
  return { channel: id.slice(0, at), ts: id.slice(at + 1) };
}
