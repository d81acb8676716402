import type { VerifiedBody } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { z } from "zod";
import type {
  CliqChat,
  CliqEvent,
  CliqFile,
  CliqMessage,
  CliqRepliedMessage,
  CliqUser,
} from "./cliq-event.ts";
import { parseJson } from "./parse-json.ts";

const word = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? "" : String(value)));

const flag = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => value === true || value === "true");

/** Anything but a whole number of ms is no time; a wrong time must not cost the message. */
const time = z
  .unknown()
  .optional()
  .transform((value) => {
    const ms = typeof value === "string" && value !== "" ? Number(value) : value;
    return typeof ms === "number" && Number.isSafeInteger(ms) && ms > 0 ? ms : undefined;
  });

const mention = z.object({ id: word, name: word, dname: word, type: word });

const file = z.object({ name: word, type: word, url: word });

const namedFile = z.union([file, z.string().transform((name) => ({ name, type: "", url: "" }))]);

const replied = z.object({
  id: word,
  text: word,
  sender: z.object({ id: word, name: word }).nullish(),
  time,
  type: word,
});

const message = z.object({
  id: word,
  text: word,
  comment: word,
  time,
  mentions: z.array(mention).nullish(),
  file: file.nullish(),
  attachments: z.array(namedFile).nullish(),
  replied_message: replied.nullish(),
});

const user = z.object({
  id: word,
  zoho_user_id: word,
  organization_id: word,
  name: word,
  first_name: word,
  last_name: word,
  is_bot: flag,
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

/** A part that Deluge may have turned to text on its way. Never used for what a person types. */
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

const details = z.object({ time, message: message.nullish() });

const payload = z.object({
  operation: word,
  data: part(z.object({ time, message: z.union([z.string(), message]).nullish() })),
  message: z.union([z.string(), message]).nullish(),
  message_details: part(details),
  attachments: z.array(namedFile).nullish(),
  user: part(user),
  chat: part(chat),
  channel: part(channel),
  mio: part(z.object({ nonce: word, time })),
});

const wrapped = z.object({ params: part(payload) });

type Payload = z.output<typeof payload>;
type RawMessage = z.output<typeof message>;

/**
 * Reads a handler's body: plain, or wrapped in `params`; `message` an object or just its text.
 *
 * @throws MioError `channel.unparseable` when it is not JSON, or a part has a wrong type.
 */
export function parsePayload(body: VerifiedBody): CliqEvent {
  const raw = unwrap(jsonOf(body));
  if (raw !== undefined) return toEvent(raw);
  throw new MioError("channel.unparseable", "The webhook body is not what a Cliq handler sends.");
}

/** NOTE: what went wrong is dropped, because it quotes the body, and bodies do not belong in logs. */
function jsonOf(body: VerifiedBody): unknown {
  try {
    return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** The payload itself, from around which some handlers' `params` is taken; undefined when it is none. */
function unwrap(json: unknown): Payload | undefined {
  const isWrapped = typeof json === "object" && json !== null && "params" in json && !("operation" in json);
  return isWrapped ? (wrapped.safeParse(json).data?.params ?? undefined) : payload.safeParse(json).data;
}

function toEvent(raw: Payload): CliqEvent {
  const inner = asMessage(raw.data?.message ?? raw.message);
  const extra = raw.message_details?.message;
  return {
    operation: raw.operation || (raw.data?.message === undefined && inner !== undefined ? "message" : ""),
    time: raw.data?.time ?? raw.message_details?.time ?? raw.mio?.time,
    nonce: raw.mio?.nonce ?? "",
    message:
      inner === undefined
        ? undefined
        : toMessage({ ...inner, ...missing(inner, extra) }, raw.attachments ?? []),
    user: toUser(raw.user),
    chat: toChat(raw),
  };
}

function asMessage(value: Payload["message"]): RawMessage | undefined {
  return typeof value === "string" ? message.parse({ text: value }) : (value ?? undefined);
}

/** What the separate details know and the message itself does not. */
function missing(inner: RawMessage, extra: RawMessage | null | undefined): Partial<RawMessage> {
  return {
    mentions: inner.mentions ?? extra?.mentions,
    file: inner.file ?? extra?.file,
    replied_message: inner.replied_message ?? extra?.replied_message,
  };
}

function toMessage(raw: RawMessage, listed: readonly CliqFile[]): CliqMessage {
  return {
    id: raw.id,
    time: raw.time,
    text: raw.text || raw.comment,
    mentions: raw.mentions ?? [],
    file: raw.file ?? undefined,
    attachments: raw.attachments ?? listed,
    repliedMessage: toRepliedMessage(raw.replied_message),
  };
}

function toRepliedMessage(raw: RawMessage["replied_message"]): CliqRepliedMessage | undefined {
  if (!raw?.id) return undefined;
  const { id, text, sender, time: sentAt, type } = raw;
  return { id, text, senderId: sender?.id ?? "", senderName: sender?.name ?? "", time: sentAt, type };
}

function toUser(raw: Payload["user"]): CliqUser {
  const fullName = [raw?.first_name, raw?.last_name]
    .map((name) => name?.trim())
    .filter(Boolean)
    .join(" ");
  const id = raw?.id || raw?.zoho_user_id || "";
  return {
    id,
    name: raw?.name || fullName || id,
    organizationId: raw?.organization_id ?? "",
    isBot: raw?.is_bot ?? false,
  };
}

function toChat({ chat: raw, channel: beside }: Payload): CliqChat {
  const channelName = raw?.channel_unique_name || beside?.channel_unique_name || beside?.unique_name || "";
  const id = raw?.id ?? "";
  return {
    id,
    title: raw?.title ?? "",
    channelName,
    isChannel: channelName !== "" || raw?.chat_type === "channel" || raw?.type === "channel",
    // The chat of a bot with one person ends in -B and digits.
    isDirect: (raw?.is_dm ?? false) || /-B\d*$/.test(id),
  };
}
