import type { SendCommand } from "@mio/proto";

/** Whether a command may notify everybody in a place at once. Clients of an earlier contract say so by an attribute. */
export function allowsBroadcast({
  allowBroadcast,
  attributes,
}: Pick<SendCommand, "allowBroadcast" | "attributes">): boolean {
  return allowBroadcast || attributes["allow_broadcast"] === "true";
}
