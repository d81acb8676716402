import { type CallContext, DeliveryError } from "@mio/channel-kit";
import { parseCompositeId } from "./composite-id.ts";

/** A message to edit, remove or react to. */
export interface Target {
  readonly id: string;
  readonly channel: string;
  readonly ts: string;
}

/**
 * Every message of the target, first the one that the command names.
 *
 * @throws DeliveryError `permanent`/`invalid` if an id is not one of Slack's.
 */
export function targetsOf(targetExternalId: string, { targetExternalIds }: CallContext): readonly Target[] {
  const others = targetExternalIds.filter((id) => id !== targetExternalId);
  return [targetExternalId, ...others].map(toTarget);
}

export function toTarget(id: string): Target {
  const parsed = parseCompositeId(id);
  if (parsed !== undefined) return { id, ...parsed };
  throw new DeliveryError({
    kind: "permanent",
    reason: "invalid",
    message: "The command's target is not a message of Slack's: its id has the form channel:ts.",
  });
}
