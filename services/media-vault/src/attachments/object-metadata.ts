import { enumToJson, toJson } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type Message, MessageRelation_KindSchema } from "@mio/proto";

export interface StoredObject {
  readonly key: string;
  readonly uri: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mime: string;
  readonly filename: string;
  /** Position of the attachment in its message, 0-based. */
  readonly index: number;
}

/** The metadata of an object, from the first message with it; empty values are omitted. */
export function objectMetadata(object: StoredObject, message: Message): Record<string, string> {
  const { relation, receivedAt } = message;
  const metadata = {
    mio_media_metadata_version: "1",
    message_id: message.id,
    source_message_id: message.sourceMessageId,
    tenant_id: message.tenantId.toLowerCase(),
    account_id: message.accountId,
    channel_type: message.channelType,
    conversation_id: message.conversationId,
    conversation_external_id: message.conversationExternalId,
    attachment_index: String(object.index),
    storage_key: object.uri,
    object_key: object.key,
    filename: object.filename,
    mime: object.mime,
    bytes: String(object.bytes),
    content_sha256: object.sha256,
    sha256: object.sha256,
    error_code: "ERROR_CODE_OK",
    received_at: receivedAt === undefined ? "" : toJson(TimestampSchema, receivedAt),
    thread_root_message_id: message.threadRootMessageId,
    relation_kind:
      relation === undefined ? "" : String(enumToJson(MessageRelation_KindSchema, relation.kind)),
    relation_target_message_id: relation?.targetMessageId ?? "",
    relation_target_external_id: relation?.targetExternalId ?? "",
  };
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== ""));
}
