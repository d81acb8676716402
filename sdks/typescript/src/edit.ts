import { create } from "@bufbuild/protobuf";
import { newId } from "@mio/envelope";
import { SendCommandSchema } from "@mio/proto";
import type { Context } from "@opentelemetry/api";
import type { Session } from "./connection/session.ts";
import { addressOf, type CommandContent, type SendInit, type SentCommand, storeCommand } from "./send.ts";

/** Settings of {@link Mio.edit}: what to replace, and by what. */
export type EditInit = CommandContent & {
  /** A UUID that names this edit for ever. Default: a fresh one. */
  readonly id?: string;
} & (
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
        ))
  );

/**
 * Both correlators carry the id of the original command: `edit_of_message_id` also goes into the subject,
 * `replaces_send_id` is the one every sender looks at first.
 */
export async function editCommand(
  session: Session,
  init: EditInit,
  incoming?: Context,
): Promise<SentCommand> {
  const original =
    "of" in init ? init.of : { ...init, parentConversationId: init.parentConversationId ?? "" };
  const correlator = correlate(init);
  const command = create(SendCommandSchema, {
    ...addressOf(original),
    id: init.id ?? newId(),
    schemaVersion: 1,
    text: init.text,
    attachments: [...(init.attachments ?? [])],
    attributes: {
      ...("of" in init ? init.of.attributes : {}),
      ...init.attributes,
      ...(correlator.commandId === undefined ? {} : { replaces_send_id: correlator.commandId }),
    },
    ...(correlator.commandId === undefined ? {} : { editOfMessageId: correlator.commandId }),
    ...(correlator.externalId === undefined ? {} : { editOfExternalId: correlator.externalId }),
    ...(init.richContent === undefined ? {} : { richContent: init.richContent }),
  });
  return await storeCommand(session, command, incoming);
}

function correlate(init: EditInit): { readonly commandId?: string; readonly externalId?: string } {
  if ("of" in init) return { commandId: init.of.commandId };
  return "ofCommandId" in init ? { commandId: init.ofCommandId } : { externalId: init.ofExternalId };
}
