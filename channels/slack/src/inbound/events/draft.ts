import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type InboundEvent, mimeKind, replyAttributesKey } from "@mio/channel-kit";
import { type AttachmentSchema, MessageSchema } from "@mio/proto";
import { lookupAddress } from "../../access/file-lookup.ts";
import { attributeKeys } from "../../identity/attribute-keys.ts";
import { isBot } from "./author.ts";
import { containerKind } from "./container-kind.ts";
import type { Reading } from "./reading.ts";
import type { SlackEnvelope, SlackFile, SlackMessage } from "./slack-event.ts";

/** The parts of a draft that differ by kind of event. */
export interface DraftParts {
  readonly channel: string;
  readonly channelType: string;
  readonly sourceMessageId: string;
  readonly secondId?: string;
  readonly sender: Sender;
  readonly text?: string;
  readonly files?: readonly SlackFile[];
  readonly relation?: MessageInitShape<typeof MessageSchema>["relation"];
  /** Empty values are left out. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The time of the event, in Slack's notation. */
  readonly happenedAt: string;
}

interface Sender {
  readonly externalId: string;
  readonly displayName: string;
  readonly isBot: boolean;
}

export function draft(parts: DraftParts, { envelope, receivedAt }: Reading): InboundEvent {
  const kind = containerKind(parts.channelType, parts.channel);
  return {
    kind: "message",
    draft: {
      workspaceKey: workspaceKey(envelope),
      containerKind: kind,
      ...(parts.secondId === undefined ? {} : { secondId: parts.secondId }),
      message: create(MessageSchema, {
        schemaVersion: 1,
        channelType: "slack",
        conversationExternalId: parts.channel,
        conversationKind: kind,
        sourceMessageId: parts.sourceMessageId,
        sender: parts.sender,
        text: parts.text ?? "",
        attachments: (parts.files ?? []).filter(({ withheld }) => withheld === "").map(toAttachment),
        receivedAt: timestampFromDate(receivedAt),
        attributes: attributesOf(parts, envelope),
        ...(parts.relation === undefined ? {} : { relation: parts.relation }),
      }),
    },
  };
}

/** An enterprise that installed the app for all workspaces is one account; otherwise each workspace is one. */
function workspaceKey({ authorization, teamId, enterpriseId }: SlackEnvelope): string {
  if (authorization?.isEnterpriseInstall) return authorization.enterpriseId || enterpriseId || teamId;
  return authorization?.teamId || teamId;
}

function attributesOf(parts: DraftParts, envelope: SlackEnvelope): Record<string, string> {
  const optional = {
    [attributeKeys.teamId]: envelope.teamId,
    [attributeKeys.enterpriseId]: envelope.enterpriseId,
    [attributeKeys.eventId]: envelope.eventId,
    [attributeKeys.sharedChannel]: envelope.isExternallyShared ? "true" : "",
    [attributeKeys.platformTime]: milliseconds(parts.happenedAt, envelope.eventTime),
    ...parts.attributes,
    [replyAttributesKey]: replyAttributes(parts, envelope),
  };
  const present = Object.entries(optional).filter(([, value]) => value !== "");
  return { [attributeKeys.channel]: parts.channel, ...Object.fromEntries(present) };
}

/** The attributes that an answer must copy: its thread, and its recipient with the recipient's workspace. */
function replyAttributes({ attributes }: DraftParts, { teamId }: SlackEnvelope): string {
  const { threadTs, recipientUserId } = attributeKeys;
  const named = [threadTs, recipientUserId].filter((key) => attributes[key]);
  const isToSomebody = named.includes(recipientUserId) && teamId !== "";
  return (isToSomebody ? [...named, attributeKeys.teamId] : named).join();
}

/** Slack writes seconds with six decimals; the last ones only distinguish messages. */
function milliseconds(ts: string, eventTime: number | undefined): string {
  const [, seconds, micros] = /^(\d{1,11})\.(\d{6})$/.exec(ts) ?? [];
  if (seconds !== undefined && micros !== undefined) return String(Number(seconds + micros.slice(0, 3)));
  return eventTime === undefined ? "" : String(Math.floor(eventTime * 1_000));
}

export function senderOf(message: SlackMessage): Sender {
  const bot = isBot(message);
  const externalId = message.user || message.botId;
  if (externalId === "") return { externalId: "system", displayName: message.botName, isBot: true };
  return { externalId, displayName: bot ? message.botName : "", isBot: bot };
}

function toAttachment({
  id,
  mimetype,
  url,
  size,
  name,
}: SlackFile): MessageInitShape<typeof AttachmentSchema> {
  return {
    kind: mimeKind(mimetype),
    url: url || lookupAddress(id),
    mime: mimetype,
    bytes: BigInt(size),
    filename: name,
  };
}
