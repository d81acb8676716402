import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Attachment_ErrorCode, Attachment_Kind, ConversationKind, MessageRelation_Kind } from "@mio/proto";
import { aMessage } from "@mio/testkit";
import { expect, it } from "vitest";
import { toMessage } from "./message.ts";

it("shows every field of the wire as a plain value, and enums as words", () => {
  const receivedAt = new Date("2026-11-30T08:00:00.250Z");
  const wire = aMessage({
    conversationKind: ConversationKind.GROUP_DM,
    sender: { externalId: "u", displayName: "Ana", isBot: true },
    text: "halo",
    attachments: [
      {
        kind: Attachment_Kind.AUDIO,
        url: "https://files.example/1",
        mime: "audio/ogg",
        bytes: 12n,
        filename: "a.ogg",
        storageKey: "k",
        contentSha256: "d",
        errorCode: Attachment_ErrorCode.OK,
      },
    ],
    receivedAt: timestampFromDate(receivedAt),
    attributes: { some: "value" },
    relation: { kind: MessageRelation_Kind.REACTION, targetExternalId: "t", reactionEmoji: "eyes" },
  });
  const { $typeName: _, ...fields } = wire;
  const message = toMessage(wire);
  expect(Object.keys(message).sort()).toEqual(Object.keys(fields).sort());
  expect(message).toEqual({
    ...fields,
    conversationKind: "group_dm",
    sender: { externalId: "u", displayName: "Ana", isBot: true },
    attachments: [
      {
        kind: "audio",
        url: "https://files.example/1",
        mime: "audio/ogg",
        bytes: 12,
        filename: "a.ogg",
        storageKey: "k",
        contentSha256: "d",
        errorCode: "ok",
      },
    ],
    receivedAt,
    relation: { kind: "reaction", targetMessageId: "", targetExternalId: "t", reactionEmoji: "eyes" },
  });
  expect(JSON.parse(JSON.stringify(message))).toMatchObject({ id: wire.id, conversationKind: "group_dm" });
});

it("leaves out what the wire leaves out", () => {
  const { sender: _, receivedAt: _at, ...bare } = aMessage();
  const message = toMessage(bare);
  expect([message.sender, message.receivedAt, message.relation]).toEqual([undefined, undefined, undefined]);
});
