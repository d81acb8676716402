import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type ConversationKind, MessageRelationSchema, MessageSchema } from "@mio/proto";

/** The ids that an event gets with its row in the ledger. */
export interface EnvelopeIds {
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly conversationId: string;
  /** The known kind of the conversation, used if the draft has none. */
  readonly conversationKind?: ConversationKind | undefined;
  /** Absent outside threads and while the root is unknown. */
  readonly threadRootMessageId?: string | undefined;
  /** Absent while the target of the relation is unknown. */
  readonly relationTargetMessageId?: string | undefined;
}

/**
 * Adds ids to an encoded {@link Message} without decoding it.
 *
 * A protobuf parser takes the last value of a field that occurs twice and merges messages, so the ids
 * are appended as a second, partial encoding. Values that only fill a gap come before the draft, which then wins.
 */
export function completeEnvelope(draft: Uint8Array, ids: EnvelopeIds): Uint8Array<ArrayBuffer> {
  const { id, tenantId, accountId, conversationId, conversationKind, threadRootMessageId } =
    MessageSchema.field;
  const writer = new BinaryWriter();
  if (ids.conversationKind) writer.tag(conversationKind.number, WireType.Varint).int32(ids.conversationKind);
  writer.raw(draft);
  writeString(writer, id.number, ids.id);
  writeString(writer, tenantId.number, ids.tenantId);
  writeString(writer, accountId.number, ids.accountId);
  writeString(writer, conversationId.number, ids.conversationId);
  writeString(writer, threadRootMessageId.number, ids.threadRootMessageId);
  if (ids.relationTargetMessageId !== undefined) {
    writer.tag(MessageSchema.field.relation.number, WireType.LengthDelimited).fork();
    writeString(writer, MessageRelationSchema.field.targetMessageId.number, ids.relationTargetMessageId);
    writer.join();
  }
  return writer.finish();
}

function writeString(writer: BinaryWriter, field: number, value: string | undefined): void {
  if (value !== undefined) writer.tag(field, WireType.LengthDelimited).string(value);
}
