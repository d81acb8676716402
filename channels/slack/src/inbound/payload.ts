import type { VerifiedBody } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { z } from "zod";
import { soundMime } from "../access/sound-mime.ts";
import { sharedFiles } from "../content/read/attachment.ts";
import { readContent } from "../content/read/message-content.ts";
import type {
  SlackAuthorization,
  SlackEnvelope,
  SlackEvent,
  SlackFile,
  SlackItem,
  SlackMessage,
} from "./events/slack-event.ts";
import { readForm, type SlackForm } from "./form.ts";
import { jsonOrNothing } from "./json.ts";

/** What Slack posts, by the outer `type`. */
export type SlackPayload =
  | { readonly kind: "event"; readonly envelope: SlackEnvelope }
  /** A check of an address that someone has just entered. */
  | { readonly kind: "challenge"; readonly challenge: string }
  /** Slack drops events, because there were too many in a minute. */
  | { readonly kind: "rate_limited" }
  | SlackForm;

const word = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

const flag = z
  .unknown()
  .optional()
  .transform((value) => value === true);

/** Optional, so a wrong type must not cost the message. */
const lenientWord = word.catch("");

const file = z.object({
  id: lenientWord,
  name: lenientWord,
  title: lenientWord,
  mimetype: lenientWord,
  size: z.int().nonnegative().catch(0),
  mode: lenientWord,
  file_access: lenientWord,
  subtype: lenientWord,
  url_private: lenientWord,
  url_private_download: lenientWord,
});

const sharedFileList = z.array(file.nullish().catch(undefined));

const messageFields = {
  subtype: word,
  user: word,
  bot_id: word,
  app_id: word,
  username: lenientWord,
  bot_profile: z.object({ name: lenientWord, app_id: lenientWord }).nullish().catch(undefined),
  text: word,
  team: lenientWord,
  user_team: lenientWord,
  source_team: lenientWord,
  ts: word,
  thread_ts: word,
  client_msg_id: lenientWord,
  files: z.array(file.nullish().catch(undefined)).nullish().catch(undefined),
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
};

const message = z.object(messageFields);

const item = z.object({ type: word, channel: word, channel_type: word, ts: word });

const event = z.object({
  ...messageFields,
  type: word,
  channel: word,
  channel_type: word,
  event_ts: word,
  deleted_ts: word,
  message: message.nullish(),
  previous_message: message.nullish(),
  reaction: word,
  item: item.nullish(),
});

const authorization = z.object({
  team_id: lenientWord,
  enterprise_id: lenientWord,
  user_id: lenientWord,
  is_bot: flag,
  is_enterprise_install: flag,
});

const envelope = z.object({
  team_id: word,
  enterprise_id: word,
  api_app_id: word,
  event_id: lenientWord,
  is_ext_shared_channel: flag,
  event_time: z.number().optional().catch(undefined),
  authorizations: z.array(authorization).nullish().catch(undefined),
  event,
});

const anyEvent = z.object({ type: word });
const noMessage = z.object({ event: z.object({ type: z.string(), channel: z.unknown().optional() }) });
const challenge = z.object({ type: z.literal("url_verification"), challenge: z.string() });

/**
 * Parses a webhook's body: events are JSON, everything else is a form.
 *
 * @throws MioError `channel.unparseable` when it is neither, or a part has a wrong type.
 */
export function parseBody(body: VerifiedBody): SlackPayload {
  const text = textOf(body);
  const json = jsonOrNothing(text);
  return (json === undefined ? readForm(text) : undefined) ?? parsePayload(json);
}

/**
 * Parses the content of a webhook's body or a socket's envelope.
 *
 * @throws MioError `channel.unparseable` when a part has a wrong type.
 */
export function parsePayload(json: unknown): SlackPayload {
  const type = anyEvent.safeParse(json).data?.type;
  if (type === "app_rate_limited") return { kind: "rate_limited" };
  if (type === "url_verification") {
    const parsed = challenge.safeParse(json);
    if (parsed.success) return { kind: "challenge", challenge: parsed.data.challenge };
  } else {
    const parsed = envelope.safeParse(json);
    if (parsed.success) return { kind: "event", envelope: toEnvelope(parsed.data) };
    const stranger = strangeEvent(json);
    if (stranger !== undefined) return { kind: "event", envelope: stranger };
  }
  throw new MioError("channel.unparseable", "This is not what Slack sends.");
}

const messageEvents: ReadonlySet<string> = new Set([
  "message",
  "app_mention",
  "reaction_added",
  "reaction_removed",
]);

/** Other kinds of events use the same names for other types: `channel` of `channel_created` is an object. */
function strangeEvent(json: unknown): SlackEnvelope | undefined {
  const type = noMessage.safeParse(json).data?.event.type;
  if (type === undefined || messageEvents.has(type)) return undefined;
  return toEnvelope(envelope.parse({ event: { type } }));
}

/** Empty if the bytes are not text. */
function textOf(body: VerifiedBody): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return "";
  }
}

function toEnvelope(raw: z.output<typeof envelope>): SlackEnvelope {
  return {
    teamId: raw.team_id,
    enterpriseId: raw.enterprise_id,
    appId: raw.api_app_id,
    eventId: raw.event_id,
    eventTime: raw.event_time,
    isExternallyShared: raw.is_ext_shared_channel,
    authorization: toAuthorization(raw.authorizations?.[0]),
    event: toEvent(raw.event),
  };
}

function toAuthorization(raw: z.output<typeof authorization> | undefined): SlackAuthorization | undefined {
  if (raw === undefined) return undefined;
  return {
    teamId: raw.team_id,
    enterpriseId: raw.enterprise_id,
    userId: raw.user_id,
    isBot: raw.is_bot,
    isEnterpriseInstall: raw.is_enterprise_install,
  };
}

function toEvent(raw: z.output<typeof event>): SlackEvent {
  return {
    ...toMessage(raw),
    type: raw.type,
    channel: raw.channel,
    channelType: raw.channel_type,
    eventTs: raw.event_ts,
    deletedTs: raw.deleted_ts,
    message: raw.message ? toMessage(raw.message) : undefined,
    previousMessage: raw.previous_message ? toMessage(raw.previous_message) : undefined,
    reaction: raw.reaction,
    item: toItem(raw.item),
  };
}

function toMessage(raw: z.output<typeof message>): SlackMessage {
  return {
    subtype: raw.subtype,
    user: raw.user,
    botId: raw.bot_id,
    appId: raw.app_id || raw.bot_profile?.app_id || "",
    botName: raw.username || raw.bot_profile?.name || "",
    text: raw.text,
    ts: raw.ts,
    threadTs: raw.thread_ts,
    clientMsgId: raw.client_msg_id,
    files: [...(raw.files ?? []), ...sharedFileList.parse(sharedFiles(raw.attachments))].flatMap((one) =>
      one ? toFiles(one) : [],
    ),
    content: readContent(raw),
    authorTeams: [raw.team, raw.user_team, raw.source_team].filter((team) => team !== ""),
  };
}

/** A deleted file leaves a tombstone, which is not an attachment. */
function toFiles(raw: z.output<typeof file>): readonly SlackFile[] {
  if (raw.mode === "tombstone" || raw.file_access === "file_not_found") return [];
  const { id, size } = raw;
  const url = raw.url_private_download || raw.url_private;
  return [
    { id, name: raw.name || raw.title, mimetype: soundMime(raw), size, url, withheld: withheldOf(raw) },
  ];
}

function withheldOf({ mode, file_access: access }: z.output<typeof file>): SlackFile["withheld"] {
  if (mode === "hidden_by_limit") return "hidden_by_limit";
  return access === "access_denied" ? "access_denied" : "";
}

function toItem(raw: z.output<typeof item> | null | undefined): SlackItem | undefined {
  if (!raw) return undefined;
  return { type: raw.type, channel: raw.channel, channelType: raw.channel_type, ts: raw.ts };
}
