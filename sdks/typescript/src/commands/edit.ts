import { create } from "@bufbuild/protobuf";
import { newId } from "@mio/envelope";
import { SendCommandSchema } from "@mio/proto";
import type { Context } from "@opentelemetry/api";
import type { Session } from "../connection/session.ts";
import { toWireAttachment, toWireFields } from "../words/command-fields.ts";
import type { EditFallback } from "../words/enum-words.ts";
import { toWireRichContent } from "../words/rich-content.ts";
import { type CommandContent, type SentCommand, storeCommand } from "./send.ts";
import { type TargetInit, toTarget } from "./target.ts";

/** Settings of {@link Mio.edit}: what to replace, and by what. */
export type EditInit = CommandContent &
  TargetInit & {
    /** The UUID of this edit. An edit with the same id is carried out once. Default: a new one. */
    readonly id?: string;
    /** What happens to the text when the message cannot be edited. Default `new`. */
    readonly editFallback?: EditFallback;
  };

/**
 * Two fields carry the id of the original command: `edit_of_message_id` is also part of the subject, and
 * `replaces_send_id` is what every sender reads first.
 */
export async function editCommand(
  session: Session,
  init: EditInit,
  incoming?: Context,
): Promise<SentCommand> {
  const { address, threadRootMessageId, attributes, commandId, externalId } = toTarget(init);
  const command = create(SendCommandSchema, {
    ...address,
    threadRootMessageId,
    id: init.id ?? newId(),
    schemaVersion: 1,
    text: init.text,
    attachments: (init.attachments ?? []).map(toWireAttachment),
    attributes: {
      ...attributes,
      ...init.attributes,
      ...(commandId === "" ? {} : { replaces_send_id: commandId }),
    },
    editOfMessageId: commandId,
    editOfExternalId: externalId,
    ...(init.richContent && { richContent: toWireRichContent(init.richContent) }),
    allowBroadcast: init.allowBroadcast ?? false,
    ...toWireFields({ ...init, stage: init.stage ?? "final" }),
  });
  return await storeCommand(session, command, incoming);
}
