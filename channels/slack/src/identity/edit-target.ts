import type { EditTarget, ResolvedTarget } from "@mio/channel-kit";
import { isTs, parseCompositeId } from "./composite-id.ts";

/** Slack names a message by its channel and the time it was posted, also one that shows files. */
export function resolveEditTarget({ externalIds }: EditTarget): ResolvedTarget {
  const [first, ...others] = externalIds.map(messageOf);
  if (first === undefined) return { kind: "malformed" };
  if (!others.every((other) => other?.channel === first.channel)) return { kind: "malformed" };
  return { kind: "message", postedAt: first.postedAt, conversationExternalId: first.channel };
}

/** Undefined for what is no id of a message, such as the id of an edit. */
function messageOf(id: string): { readonly channel: string; readonly postedAt: Date } | undefined {
  const { channel = "", ts = "" } = parseCompositeId(id) ?? {};
  if (!isTs(ts)) return undefined;
  const [seconds, fraction = ""] = ts.split(".");
  return {
    channel,
    postedAt: new Date(Number(seconds) * 1_000 + Number(fraction.padEnd(3, "0").slice(0, 3))),
  };
}
