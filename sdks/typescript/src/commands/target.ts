import { addressOf, type CommandContent, type SendInit, type SentCommand } from "./send.ts";

/** Which message a command is about: what the SDK sent, or a place and an id. */
export type TargetInit =
  | {
      /** What `send` or `reply` returned. */
      readonly of: SentCommand;
    }
  | (Omit<SendInit, keyof CommandContent | "id" | "threadRootMessageId"> &
      (
        | {
            /** The id of the command that sent it. */
            readonly ofCommandId: string;
          }
        | {
            /** The platform's id of the message, when no command of Mio's sent it. */
            readonly ofExternalId: string;
          }
      ));

/** A target, taken apart. */
export interface Target {
  readonly address: ReturnType<typeof addressOf>;
  readonly threadRootMessageId: string;
  /** What the channel needs to know to find it. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty when it is named by its external id. */
  readonly commandId: string;
  /** Empty when it is named by its command. */
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
