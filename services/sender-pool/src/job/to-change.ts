import type { Capabilities, Sender } from "@mio/channel-kit";
import type { Operation } from "./operation.ts";

/** How a channel does something to a message that is there. */
export interface Change {
  readonly operation: "edit" | "delete" | "reaction";
  readonly method: NonNullable<Sender["edit"]>;
}

/** The adapter's method for an operation on a message; undefined when the channel cannot do it. */
export function toChange(
  sender: Sender,
  kind: Exclude<Operation["kind"], "send">,
  can: Pick<Capabilities, "supportsEdit" | "supportsDelete" | "supportsReactions">,
): Change | undefined {
  const { edit, remove, react } = sender;
  switch (kind) {
    case "edit":
      return can.supportsEdit && edit ? { operation: kind, method: edit.bind(sender) } : undefined;
    case "delete":
      return can.supportsDelete && remove ? { operation: kind, method: remove.bind(sender) } : undefined;
    case "reaction":
      return can.supportsReactions && react ? { operation: kind, method: react.bind(sender) } : undefined;
    case "pin":
    case "unknown":
      return undefined;
  }
}
