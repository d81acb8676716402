import type { EditTarget, ResolvedTarget } from "@mio/channel-kit";
import { canonicalId, isMessageId, timeOfId } from "./canonical-id.ts";

/** Cliq's ids begin with the time of posting. A synthetic id does not identify a message in Cliq. */
export function resolveEditTarget({ externalIds }: EditTarget): ResolvedTarget {
  const ids = externalIds.map(canonicalId);
  const postedAt = timeOfId(ids[0] ?? "");
  if (postedAt === undefined || !ids.every(isMessageId)) return { kind: "malformed" };
  return { kind: "message", postedAt: new Date(postedAt) };
}
