import type { SendCommand } from "@mio/proto";

/**
 * Whether a command may notify everyone in a place at once. Clients of an earlier contract set an attribute for it.
 */
export function allowsBroadcast({
  allowBroadcast,
  attributes,
}: Pick<SendCommand, "allowBroadcast" | "attributes">): boolean {
  return allowBroadcast || attributes["allow_broadcast"] === "true";
}
