import { MessageRelation_Kind } from "@mio/proto";
import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import { objectMetadata } from "./object-metadata.ts";

const object = {
  key: "mio/k.png",
  uri: "file:///blobs/mio/k.png",
  sha256: "ab01",
  bytes: 12,
  mime: "image/png",
  filename: "día 🎁.png",
  index: 0,
};

it("describes the object and its message, without empty values", () => {
  const message = aMessage({
    id: "m",
    sourceMessageId: "s",
    tenantId: "t",
    accountId: "a",
    conversationId: "c",
    conversationExternalId: "ext",
    receivedAt: { seconds: 1_778_328_000n, nanos: 123_456_789 },
  });
  expect(objectMetadata(object, message)).toEqual({
    mio_media_metadata_version: "1",
    message_id: "m",
    source_message_id: "s",
    tenant_id: "t",
    account_id: "a",
    channel_type: "zoho_cliq",
    conversation_id: "c",
    conversation_external_id: "ext",
    attachment_index: "0",
    storage_key: "file:///blobs/mio/k.png",
    object_key: "mio/k.png",
    filename: "día 🎁.png",
    mime: "image/png",
    bytes: "12",
    content_sha256: "ab01",
    sha256: "ab01",
    error_code: "ERROR_CODE_OK",
    received_at: "2026-05-09T12:00:00.123456789Z",
  });
});

it("contains the thread, and the relation by its enum name", () => {
  const message = aMessage({
    threadRootMessageId: "root",
    relation: { kind: MessageRelation_Kind.REPLY, targetMessageId: "tm", targetExternalId: "te" },
  });
  expect(objectMetadata(object, message)).toMatchObject({
    thread_root_message_id: "root",
    relation_kind: "KIND_REPLY",
    relation_target_message_id: "tm",
    relation_target_external_id: "te",
  });
});
