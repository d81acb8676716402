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

/** What the kinds of events differ in. */
export interface Gist {
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
  /** When it happened, as Slack writes it. */
  readonly happenedAt: string;
}

interface Sender {
  readonly externalId: string;
  readonly displayName: string;
  readonly isBot: boolean;
}

export function draft(gist: Gist, { envelope, receivedAt }: Reading): InboundEvent {
  const kind = containerKind(gist.channelType, gist.channel);
  return {
    kind: "message",
    draft: {
      workspaceKey: workspaceKey(envelope),
      containerKind: kind,
      ...(gist.secondId === undefined ? {} : { secondId: gist.secondId }),
      message: create(MessageSchema, {
        schemaVersion: 1,
        channelType: "slack",
        conversationExternalId: gist.channel,
        conversationKind: kind,
        sourceMessageId: gist.sourceMessageId,
        sender: gist.sender,
        text: gist.text ?? "",
        attachments: (gist.files ?? []).filter(({ withheld }) => withheld === "").map(toAttachment),
        receivedAt: timestampFromDate(receivedAt),
        attributes: attributesOf(gist, envelope),
        ...(gist.relation === undefined ? {} : { relation: gist.relation }),
      }),
    },
  };
}

/** An enterprise that installed the app for all its workspaces is one account; else each workspace is. */
function workspaceKey({ authorization, teamId, enterpriseId }: SlackEnvelope): string {
  if (authorization?.isEnterpriseInstall) return authorization.enterpriseId || enterpriseId || teamId;
  return authorization?.teamId || teamId;
}

function attributesOf(gist: Gist, envelope: SlackEnvelope): Record<string, string> {
  const optional = {
    [attributeKeys.teamId]: envelope.teamId,
    [attributeKeys.enterpriseId]: envelope.enterpriseId,
    [attributeKeys.eventId]: envelope.eventId,
    [attributeKeys.sharedChannel]: envelope.isExternallyShared ? "true" : "",
    [attributeKeys.platformTime]: milliseconds(gist.happenedAt, envelope.eventTime),
    ...gist.attributes,
    [replyAttributesKey]: replyAttributes(gist, envelope),
  };
  const present = Object.entries(optional).filter(([, value]) => value !== "");
  return { [attributeKeys.channel]: gist.channel, ...Object.fromEntries(present) };
}

/** What an answer needs: its thread, and whom it is for, whose workspace that is included. */
function replyAttributes({ attributes }: Gist, { teamId }: SlackEnvelope): string {
  const { threadTs, recipientUserId } = attributeKeys;
  const named = [threadTs, recipientUserId].filter((key) => attributes[key]);
  const isToSomebody = named.includes(recipientUserId) && teamId !== "";
  return (isToSomebody ? [...named, attributeKeys.teamId] : named).join();
}

/** Slack writes seconds with six places, of which the last ones only keep two messages apart. */
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
