import type { VerifiedBody } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { CliqMessage } from "../content/read/cliq-message.ts";
import {
  type Fields,
  fieldsOf,
  flag,
  isEmpty,
  isFields,
  listOf,
  time,
  word,
} from "../content/read/fields.ts";
import { readMessage } from "../content/read/message.ts";
import { canonicalId, timeOfId } from "../identity/canonical-id.ts";
import { parseJson } from "../identity/parse-json.ts";
import type { CliqChat, CliqEvent, CliqUser } from "./cliq-event.ts";
import { directOperation } from "./operations.ts";

/** The parts of a handler's body. A part that is absent is undefined. */
interface Payload {
  readonly operation: string;
  readonly handler: unknown;
  readonly data: Data | undefined;
  readonly message: Fields | null | undefined;
  readonly details: Details | undefined;
  readonly attachments: unknown;
  readonly mentions: unknown;
  readonly replyTo: unknown;
  readonly answers: unknown;
  readonly user: Fields | undefined;
  readonly chat: Fields | undefined;
  readonly channel: Fields | undefined;
  readonly access: unknown;
  readonly mio: Mio | undefined;
}

interface Data {
  readonly time: number | undefined;
  readonly message: Fields | null | undefined;
  readonly messageId: string;
  readonly replyTo: unknown;
}

interface Details {
  readonly time: number | undefined;
  readonly message: Fields | undefined;
}

interface Mio {
  readonly nonce: string;
  readonly time: number | undefined;
}

/**
 * Parses a handler's body: plain, or wrapped in `params`; `message` is an object or only its text.
 *
 * @throws MioError `channel.unparseable` when it is not JSON, or a part has a wrong type.
 */
export function parsePayload(body: VerifiedBody): CliqEvent {
  return toEvent(unwrap(jsonOf(body)));
}

/** NOTE: the parse error is dropped, because it quotes the body, which must not be logged. */
function jsonOf(body: VerifiedBody): unknown {
  try {
    return parseJson(decoder.decode(body));
  } catch {
    return undefined;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function unparseable(): MioError {
  return new MioError("channel.unparseable", "The webhook body is not what a Cliq handler sends.");
}

/** The payload, unwrapped from the `params` of some handlers. */
function unwrap(json: unknown): Payload {
  if (!isFields(json)) throw unparseable();
  if (!("params" in json) || "operation" in json) return toPayload(json);
  const params = partOf(json["params"]);
  if (params === undefined) throw unparseable();
  const inner = toPayload(params);
  const timestamp = time(json["timestamp"]);
  const mio = inner.mio ?? (timestamp === undefined ? undefined : { nonce: "", time: timestamp });
  return { ...inner, handler: inner.handler ?? json["handler"], mio };
}

function toPayload(raw: Fields): Payload {
  const data = partOf(raw["data"]);
  const details = partOf(raw["message_details"]);
  const mio = partOf(raw["mio"]);
  return {
    operation: word(raw["operation"]),
    handler: raw["handler"],
    data: data && {
      time: time(data["time"]),
      message: messageOf(data["message"]),
      messageId: word(data["message_id"]),
      replyTo: data["reply_to"],
    },
    message: messageOf(raw["message"]),
    details: details && {
      time: time(details["time"]),
      message: isFields(details["message"]) ? details["message"] : undefined,
    },
    attachments: raw["attachments"],
    mentions: raw["mentions"],
    replyTo: raw["reply_to"],
    answers: raw["answers"],
    user: partOf(raw["user"]),
    chat: partOf(raw["chat"]),
    channel: partOf(raw["channel"]),
    access: raw["access"],
    mio: mio && { nonce: word(mio["nonce"]), time: time(mio["time"]) },
  };
}

/** A part that Deluge may have turned into text. Never used for what a person types. */
function partOf(value: unknown): Fields | undefined {
  if (value === undefined || value === null) return undefined;
  const part = typeof value === "string" ? jsonOrNothing(value) : value;
  if (!isFields(part)) throw unparseable();
  return part;
}

function jsonOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** A message as an object; some handlers send only its text. */
function messageOf(value: unknown): Fields | null | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value === "string") return { text: value };
  if (!isFields(value)) throw unparseable();
  return value;
}

function toEvent(raw: Payload): CliqEvent {
  const read = toMessage(raw);
  const sentAt = timeOfId(canonicalId(read?.id ?? "")) ?? raw.details?.time ?? read?.time;
  return {
    operation:
      raw.operation || (raw.data?.message === undefined && read !== undefined ? directOperation : ""),
    time: raw.data?.time ?? raw.details?.time ?? raw.mio?.time,
    sentAt,
    nonce: raw.mio?.nonce ?? "",
    handler: handlerOf(raw),
    message: read,
    user: toUser(raw),
    chat: toChat(raw),
  };
}

/** The name of the handler: `mention`, `mention_handler`, or an object with a type. */
function handlerOf({ handler }: Payload): string {
  return word(handler) || word(fieldsOf(handler)["type"]);
}

/** The message, with missing fields from the separate details and the handler's context. */
function toMessage(raw: Payload): CliqMessage | undefined {
  const { data, details, attachments, mentions, access } = raw;
  const inner = data?.message ?? raw.message ?? messageOfId(data?.messageId) ?? answersOf(raw);
  if (inner === undefined) return undefined;
  const present = Object.entries(inner).filter(([, value]) => !isEmpty(value));
  const id = word(inner["id"]) || data?.messageId || word(fieldsOf(access)["message_id"]);
  const whole = { ...details?.message, ...Object.fromEntries(present), ...(id === "" ? {} : { id }) };
  return readMessage(whole, { attachments, mentions, replyTo: data?.replyTo ?? raw.replyTo });
}

/** Some handlers send only the id of a deleted message. */
function messageOfId(id: string | undefined): Fields | undefined {
  return id ? { id } : undefined;
}

/** A person's answers to the questions of a context handler. */
function answersOf({ answers }: Payload): Fields | undefined {
  const given = Object.entries(fieldsOf(answers)).flatMap(([name, value]) =>
    listOf(value).map((one) => `${name}: ${word(one) || word(fieldsOf(one)["text"])}`),
  );
  return given.length === 0 ? undefined : { text: given.join("\n") };
}

function toUser({ user, access }: Payload): CliqUser {
  const raw = fieldsOf(user);
  const fullName = [raw["first_name"], raw["last_name"]]
    .map((name) => word(name).trim())
    .filter(Boolean)
    .join(" ");
  const id = word(raw["id"]) || word(raw["zoho_user_id"]);
  const { organization } = fieldsOf(access);
  return {
    id,
    name: word(raw["name"]) || fullName || id,
    organizationId: word(raw["organization_id"]) || word(fieldsOf(organization)["id"]),
    isBot: flag(raw["is_bot"]),
    isExternal: flag(raw["is_external"]) || flag(raw["is_guest"]),
  };
}

function toChat({ chat, channel, access }: Payload): CliqChat {
  const raw = fieldsOf(chat);
  const beside = fieldsOf(channel);
  const channelName =
    word(raw["channel_unique_name"]) || word(beside["channel_unique_name"]) || word(beside["unique_name"]);
  const id = word(raw["id"]) || word(fieldsOf(access)["chat_id"]);
  const chatType = word(raw["chat_type"]);
  const type = word(raw["type"]);
  return {
    id,
    title: word(raw["title"]),
    type: chatType || type,
    channelName,
    isChannel: channelName !== "" || chatType === "channel" || type === "channel",
    // The id of a bot's chat with one person ends in -B and digits.
    isDirect: flag(raw["is_dm"]) || directTypes.has(chatType) || /-B\d*$/.test(id),
  };
}

const directTypes: ReadonlySet<string> = new Set(["bot", "dm"]);
