import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import {
  SendCommand_EditFallback as EditFallback,
  type SendCommand,
  SendCommandSchema,
  SendCommand_Stage as Stage,
} from "@mio/proto";
import type { Clock } from "@mio/service-kit";
import type { DeliveryRecords } from "../job/records.ts";
import type { Schedule } from "./schedule-commands.ts";

/** The attribute by which the pool's own last word names the interim command that it closes. */
const closesAttribute = "mio_closes";

/**
 * An answer that its agent does not finish must not look as if it were still being written: whenever a message shows
 * something interim, its last word is put on schedule, and taken back when the agent says its own.
 */
export interface InterimWatch {
  /** The message with this platform id shows what `command` said, and more is to come. */
  arm(command: SendCommand, externalId: string): Promise<void>;
  /** The message with this platform id is finished. */
  disarm(command: SendCommand, externalId: string): Promise<void>;
  /** Whether a last word of the pool's own came too late: the agent has said something since. */
  isTooLate(command: SendCommand): Promise<boolean>;
}

export interface InterimWatchOptions {
  readonly schedule: Schedule;
  readonly records: Pick<DeliveryRecords, "readInterim">;
  readonly clock: Pick<Clock, "now">;
  /** How long a message may stay interim; 0 for as long as it likes. */
  readonly timeoutMs: number;
  /** Put behind what the message shows. */
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

/** Whether a command says that more is to come in its message. */
export function isInterim({ stage }: Pick<SendCommand, "stage">): boolean {
  return stage === Stage.PLACEHOLDER || stage === Stage.PARTIAL;
}

/** Whether a command is the pool's own last word on an answer that its agent left unfinished. */
export function isLastWord({ attributes }: Pick<SendCommand, "attributes">): boolean {
  return attributes[closesAttribute] !== undefined;
}

/** Not the name of any command, which agents choose. */
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
    // A mark alone tells nobody anything.
    editFallback: EditFallback.DROP,
  });
}
