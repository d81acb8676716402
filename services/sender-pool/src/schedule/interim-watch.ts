import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import type { Clock } from "@mio/pacing";
import {
  SendCommand_EditFallback as EditFallback,
  type SendCommand,
  SendCommandSchema,
  SendCommand_Stage as Stage,
} from "@mio/proto";
import { closesAttribute } from "../job/read-command.ts";
import type { DeliveryRecords } from "../job/records.ts";
import type { Schedule } from "./schedule-commands.ts";

/**
 * Marks answers that their agent does not finish. While a message shows something interim, a last edit of it is on the
 * schedule; the final edit of the agent removes that.
 */
export interface InterimWatch {
  /** The message with this platform id shows an interim command. */
  arm(command: SendCommand, externalId: string): Promise<void>;
  /** The message with this platform id is finished. */
  disarm(command: SendCommand, externalId: string): Promise<void>;
  /** Whether a last word of the pool came too late: the agent has edited the message since. */
  isTooLate(command: SendCommand): Promise<boolean>;
}

export interface InterimWatchOptions {
  readonly schedule: Schedule;
  readonly records: Pick<DeliveryRecords, "readInterim">;
  readonly clock: Pick<Clock, "now">;
  /** How long a message may stay interim; 0 for no limit. */
  readonly timeoutMs: number;
  /** Appended to the text of the message. */
  readonly mark: string;
}

export function createInterimWatch(options: InterimWatchOptions): InterimWatch {
  const { schedule, records, clock, timeoutMs, mark } = options;
  return {
    async arm(command, externalId) {
      if (timeoutMs === 0) return;
      const dueAt = new Date(clock.now().getTime() + timeoutMs);
      await schedule.keep(lastWord(command, externalId, mark), { name: nameOf(externalId), dueAt });
    },
    async disarm({ accountId }, externalId) {
      if (timeoutMs > 0) await schedule.drop(accountId, nameOf(externalId));
    },
    async isTooLate({ accountId, attributes, editOfExternalId: externalId }) {
      const closes = attributes[closesAttribute];
      if (closes === undefined) return false;
      return (await records.readInterim({ accountId, externalId })) !== closes;
    },
  };
}

/** Differs from the id of any command, which agents choose. */
function nameOf(externalId: string): string {
  return `last word\n${externalId}`;
}

function lastWord(command: SendCommand, externalId: string, mark: string): SendCommand {
  const id = createHash("sha256").update(`last word of ${command.id}`).digest("hex");
  return create(SendCommandSchema, {
    id: `mio-close-${id.slice(0, 32)}`,
    schemaVersion: command.schemaVersion,
    tenantId: command.tenantId,
    accountId: command.accountId,
    channelType: command.channelType,
    conversationId: command.conversationId,
    conversationExternalId: command.conversationExternalId,
    parentConversationId: command.parentConversationId,
    threadRootMessageId: command.threadRootMessageId,
    text: `${command.text}${mark}`,
    editOfExternalId: externalId,
    attributes: { ...command.attributes, [closesAttribute]: command.id },
    allowBroadcast: command.allowBroadcast,
    stage: Stage.FINAL,
    // Without the original message the mark is useless.
    editFallback: EditFallback.DROP,
  });
}
