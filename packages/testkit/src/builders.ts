import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { newId } from "@mio/envelope";
import {
  ConversationKind,
  type Message,
  MessageSchema,
  PeerKind,
  type SendCommand,
  SendCommandSchema,
} from "@mio/proto";

/** Message fields to set; the others keep the builder's values. */
export type MessageFields = Exclude<MessageInitShape<typeof MessageSchema>, Message>;

/** Command fields to set; the others keep the builder's values. */
export type CommandFields = Exclude<MessageInitShape<typeof SendCommandSchema>, SendCommand>;

/** A valid Cliq message with fresh ids; `overrides` replaces whole fields. */
export function aMessage(overrides: MessageFields = {}): Message {
  return create(MessageSchema, {
    id: newId(),
    schemaVersion: 1,
    tenantId: newId(),
    accountId: newId(),
    channelType: "zoho_cliq",
    conversationId: newId(),
    conversationExternalId: "CT_1243423_64241",
    conversationKind: ConversationKind.CHANNEL_PUBLIC,
    sourceMessageId: `1700000000000_${newId()}`,
    sender: { externalId: "64241", displayName: "Ana", peerKind: PeerKind.GROUP, isBot: false },
    text: "halo",
    receivedAt: timestampFromDate(new Date("2026-11-23T12:00:00Z")),
    ...overrides,
  });
}

/** A valid Cliq text command with fresh ids; `overrides` replaces whole fields. */
export function aCommand(overrides: CommandFields = {}): SendCommand {
  return create(SendCommandSchema, {
    id: newId(),
    schemaVersion: 1,
    tenantId: newId(),
    accountId: newId(),
    channelType: "zoho_cliq",
    conversationId: newId(),
    conversationExternalId: "CT_1243423_64241",
    text: "thinking…",
    ...overrides,
  });
}
