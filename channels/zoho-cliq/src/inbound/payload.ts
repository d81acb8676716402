import type { VerifiedBody } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { z } from "zod";
import type { CliqMessage } from "../content/read/cliq-message.ts";
import { type Fields, fields, fieldsOf, flag, isEmpty, listOf, time, word } from "../content/read/fields.ts";
import { readMessage } from "../content/read/message.ts";
import { canonicalId, timeOfId } from "../identity/canonical-id.ts";
import { parseJson } from "../identity/parse-json.ts";
import type { CliqChat, CliqEvent, CliqUser } from "./cliq-event.ts";
import { directOperation } from "./operations.ts";

const user = z.object({
  id: word,
  zoho_user_id: word,
  organization_id: word,
  name: word,
  first_name: word,
  last_name: word,
  is_bot: flag,
  is_external: flag,
  is_guest: flag,
});

const channel = z.object({ unique_name: word, channel_unique_name: word });

const chat = z.object({
  id: word,
  title: word,
  type: word,
  chat_type: word,
  channel_unique_name: word,
  is_dm: flag,
});

/** A field that Deluge may have turned into text. Never used for what a person types. */
function part<T extends z.ZodType>(schema: T): z.ZodType<z.output<T> | null | undefined> {
  const parsed = z.string().transform((text, context) => {
    try {
      return parseJson(text);
    } catch {
      context.addIssue("neither an object nor JSON of one");
      return z.NEVER;
    }
  });
  return z.union([schema, parsed.pipe(schema)]).nullish();
}

const message = z.union([z.string(), fields]).nullish();

const details = z.object({ time, message: fields.nullish().catch(undefined) });

const payload = z.object({
  operation: word,
  handler: z.unknown().optional(),
  data: part(z.object({ time, message, message_id: word, reply_to: z.unknown().optional() })),
  message,
  message_details: part(details),
  attachments: z.unknown().optional(),
  mentions: z.unknown().optional(),
  reply_to: z.unknown().optional(),
  answers: z.unknown().optional(),
  user: part(user),
  chat: part(chat),
  channel: part(channel),
  access: z.unknown().optional(),
  mio: part(z.object({ nonce: word, time })),
});

const wrapped = z.object({ params: part(payload), handler: z.unknown().optional(), timestamp: time });

type Payload = z.output<typeof payload>;

/**
 * Parses a handler's body: plain, or wrapped in `params`; `message` is an object or only its text.
 *
 * @throws MioError `channel.unparseable` when it is not JSON, or a part has a wrong type.
 */
export function parsePayload(body: VerifiedBody): CliqEvent {
  const raw = unwrap(jsonOf(body));
  if (raw !== undefined) return toEvent(raw);
  throw new MioError("channel.unparseable", "The webhook body is not what a Cliq handler sends.");
}

/** NOTE: the parse error is dropped, because it quotes the body, which must not be logged. */
function jsonOf(body: VerifiedBody): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** The payload, unwrapped from the `params` of some handlers; undefined if there is none. */
function unwrap(json: unknown): Payload | undefined {
  const isWrapped = typeof json === "object" && json !== null && "params" in json && !("operation" in json);
  if (!isWrapped) return payload.safeParse(json).data;
  const { params, handler, timestamp } = wrapped.safeParse(json).data ?? {};
  if (!params) return undefined;
  const mio = params.mio ?? (timestamp === undefined ? undefined : { nonce: "", time: timestamp });
  return { ...params, handler: params.handler ?? handler, mio };
}

function toEvent(raw: Payload): CliqEvent {
  const read = toMessage(raw);
  const sentAt = timeOfId(canonicalId(read?.id ?? "")) ?? raw.message_details?.time ?? read?.time;
  return {
    operation:
      raw.operation || (raw.data?.message === undefined && read !== undefined ? directOperation : ""),
    time: raw.data?.time ?? raw.message_details?.time ?? raw.mio?.time,
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
  return word.parse(handler) || word.parse(fieldsOf(handler)["type"]);
}

/** The message, with missing fields from the separate details and the handler's context. */
function toMessage(raw: Payload): CliqMessage | undefined {
  const { data, message_details: extra, attachments, mentions, access } = raw;
  const inner = asMessage(data?.message ?? raw.message) ?? messageOfId(data?.message_id) ?? answersOf(raw);
  if (inner === undefined) return undefined;
  const present = Object.entries(inner).filter(([, value]) => !isEmpty(value));
  const id = word.parse(inner["id"]) || data?.message_id || word.parse(fieldsOf(access)["message_id"]);
  const whole = { ...extra?.message, ...Object.fromEntries(present), ...(id === "" ? {} : { id }) };
  return readMessage(whole, { attachments, mentions, replyTo: data?.reply_to ?? raw.reply_to });
}

function asMessage(value: Payload["message"]): Fields | undefined {
  return typeof value === "string" ? { text: value } : (value ?? undefined);
}

/** Some handlers send only the id of a deleted message. */
function messageOfId(id: string | undefined): Fields | undefined {
  return id ? { id } : undefined;
}

/** A person's answers to the questions of a context handler. */
function answersOf({ answers }: Payload): Fields | undefined {
  const given = Object.entries(fieldsOf(answers)).flatMap(([name, value]) =>
    listOf(value).map((one) => `${name}: ${word.parse(one) || word.parse(fieldsOf(one)["text"])}`),
  );
  return given.length === 0 ? undefined : { text: given.join("\n") };
}

function toUser({ user: raw, access }: Payload): CliqUser {
  const fullName = [raw?.first_name, raw?.last_name]
    .map((name) => name?.trim())
    .filter(Boolean)
    .join(" ");
  const id = raw?.id || raw?.zoho_user_id || "";
  const { organization } = fieldsOf(access);
  return {
    id,
    name: raw?.name || fullName || id,
    organizationId: raw?.organization_id || word.parse(fieldsOf(organization)["id"]),
    isBot: raw?.is_bot ?? false,
    isExternal: (raw?.is_external ?? false) || (raw?.is_guest ?? false),
  };
}

function toChat({ chat: raw, channel: beside, access }: Payload): CliqChat {
  const channelName = raw?.channel_unique_name || beside?.channel_unique_name || beside?.unique_name || "";
  const id = raw?.id || word.parse(fieldsOf(access)["chat_id"]);
  return {
    id,
    title: raw?.title ?? "",
    type: raw?.chat_type || (raw?.type ?? ""),
    channelName,
    isChannel: channelName !== "" || raw?.chat_type === "channel" || raw?.type === "channel",
    // The id of a bot's chat with one person ends in -B and digits.
    isDirect: (raw?.is_dm ?? false) || directTypes.has(raw?.chat_type ?? "") || /-B\d*$/.test(id),
  };
}

const directTypes: ReadonlySet<string> = new Set(["bot", "dm"]);
