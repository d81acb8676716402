import type { EditTarget, ResolvedTarget } from "@mio/channel-kit";
import { isTs, parseCompositeId } from "./composite-id.ts";

/** Slack identifies a message by its channel and time of posting, also a message with files. */
export function resolveEditTarget({ externalIds }: EditTarget): ResolvedTarget {
  const [first, ...others] = externalIds.map(messageOf);
  if (first === undefined) return { kind: "malformed" };
  if (!others.every((other) => other?.channel === first.channel)) return { kind: "malformed" };
  return { kind: "message", postedAt: first.postedAt, conversationExternalId: first.channel };
}

/** Undefined for other ids, such as the id of an edit. */
function messageOf(id: string): { readonly channel: string; readonly postedAt: Date } | undefined {
  const { channel = "", ts = "" } = parseCompositeId(id) ?? {};
  if (!isTs(ts)) return undefined;
  const [seconds, fraction = ""] = ts.split(".");
  return {
    channel,
    postedAt: new Date(Number(seconds) * 1_000 + Number(fraction.padEnd(3, "0").slice(0, 3))),
  };
}
