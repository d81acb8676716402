import { addressOf, type CommandContent, type SendInit, type SentCommand } from "./send.ts";

/** The message that a command changes: a sent command, or a conversation and an id. */
export type TargetInit =
  | {
      /** What `send` or `reply` returned. */
      readonly of: SentCommand;
    }
  | (Omit<SendInit, keyof CommandContent | "id" | "threadRootMessageId"> &
      (
        | {
            /** The id of the command that posted it. */
            readonly ofCommandId: string;
          }
        | {
            /** The platform's id of the message, if no command of Mio's posted it. */
            readonly ofExternalId: string;
          }
      ));

/** A target in one form. */
export interface Target {
  readonly address: ReturnType<typeof addressOf>;
  readonly threadRootMessageId: string;
  /** The attributes by which the channel finds it. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty when `externalId` is set. */
  readonly commandId: string;
  /** Empty when `commandId` is set. */
  readonly externalId: string;
}

export function toTarget(init: TargetInit): Target {
  if ("of" in init) {
    const { commandId, attributes, threadRootMessageId = "" } = init.of;
    return { address: addressOf(init.of), threadRootMessageId, attributes, commandId, externalId: "" };
  }
  const address = addressOf({ ...init, parentConversationId: init.parentConversationId ?? "" });
  const place = { address, threadRootMessageId: "", attributes: {} };
  return "ofCommandId" in init
    ? { ...place, commandId: init.ofCommandId, externalId: "" }
    : { ...place, commandId: "", externalId: init.ofExternalId };
}
