import type { EditTarget, ResolvedTarget } from "@mio/channel-kit";
import { isTs, parseCompositeId } from "./composite-id.ts";

/** Slack names a message by the time it was posted, also one that shows files. */
export function resolveEditTarget({ externalIds }: EditTarget): ResolvedTarget {
  const times = externalIds.map(timeOf);
  if (times.includes(undefined)) return { kind: "malformed" };
  return { kind: "message", postedAt: times[0] };
}

/** Undefined for what is no id of a message, such as the id of an edit. */
function timeOf(id: string): Date | undefined {
  const { ts = "" } = parseCompositeId(id) ?? {};
  if (!isTs(ts)) return undefined;
  const [seconds, fraction = ""] = ts.split(".");
  return new Date(Number(seconds) * 1_000 + Number(fraction.padEnd(3, "0").slice(0, 3)));
}
