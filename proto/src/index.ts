/** The front door of the contract `mio.v1`: messages, their schemas and enums, and the channel registry. */

export {
  activeChannelTypes,
  channelTypeAliases,
  deprecatedChannelTypes,
  plannedChannelTypes,
} from "../gen/channels.ts";
export {
  type Attachment,
  Attachment_ErrorCode,
  Attachment_ErrorCodeSchema,
  Attachment_Kind,
  Attachment_KindSchema,
  AttachmentSchema,
} from "../gen/mio/v1/attachment_pb.ts";
export { type ChannelCapabilities, ChannelCapabilitiesSchema } from "../gen/mio/v1/capabilities_pb.ts";
export {
  type DeliveryReceipt,
  DeliveryReceipt_State,
  DeliveryReceipt_StateSchema,
  DeliveryReceiptSchema,
} from "../gen/mio/v1/delivery_receipt_pb.ts";
export {
  ConversationKind,
  ConversationKindSchema,
  PeerKind,
  PeerKindSchema,
} from "../gen/mio/v1/enums_pb.ts";
export { type Message, MessageSchema } from "../gen/mio/v1/message_pb.ts";
export {
  type Presence,
  Presence_State,
  Presence_StateSchema,
  PresenceSchema,
} from "../gen/mio/v1/presence_pb.ts";
export {
  type MessageRelation,
  MessageRelation_Kind,
  MessageRelation_KindSchema,
  MessageRelationSchema,
} from "../gen/mio/v1/relation_pb.ts";
export {
  type RichBlock,
  RichBlockSchema,
  type RichButton,
  RichButton_Style,
  RichButton_StyleSchema,
  type RichButtonAction,
  RichButtonAction_Kind,
  RichButtonAction_KindSchema,
  RichButtonActionSchema,
  RichButtonSchema,
  type RichCard,
  RichCardSchema,
  type RichContent,
  RichContentSchema,
  type RichImagesBlock,
  RichImagesBlockSchema,
  type RichLabel,
  type RichLabelBlock,
  RichLabelBlockSchema,
  RichLabelSchema,
  type RichListBlock,
  RichListBlockSchema,
  type RichTableBlock,
  RichTableBlockSchema,
  type RichTableRow,
  RichTableRowSchema,
  type RichTextBlock,
  RichTextBlockSchema,
} from "../gen/mio/v1/rich_content_pb.ts";
export {
  type SendCommand,
  SendCommand_EditFallback,
  SendCommand_EditFallbackSchema,
  SendCommand_Stage,
  SendCommand_StageSchema,
  SendCommandSchema,
} from "../gen/mio/v1/send_command_pb.ts";
export { type Sender, SenderSchema } from "../gen/mio/v1/sender_pb.ts";
export { type ChannelType, fromChannelSlug, isKnownChannelType, toChannelSlug } from "./channel-type.ts";
