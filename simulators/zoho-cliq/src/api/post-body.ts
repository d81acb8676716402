import { z } from "zod";
import { type Answer, refuse } from "./answer.ts";
import { buttonsSchema, cardSchema, slidesSchema } from "./rich-schema.ts";

/** Cliq rejects longer messages. */
const maxTextChars = 5_000;

const richKeys = ["card", "slides", "buttons", "references", "styles"] as const;
const commonKeys = [
  "text",
  "bot",
  "sync_message",
  "reply_to",
  "broadcast",
  "thread_message_id",
  "thread_title",
  "post_in_parent",
  "mark_as_read",
  ...richKeys,
];

const postSchema = z.looseObject({
  text: z.string().optional(),
  bot: z.looseObject({ name: z.string().optional() }).optional(),
  sync_message: z.boolean().optional(),
  reply_to: z.string().optional(),
  userids: z.string().optional(),
  broadcast: z.boolean().optional(),
  thread_message_id: z.string().optional(),
  card: cardSchema.optional(),
  slides: slidesSchema.optional(),
  buttons: buttonsSchema.optional(),
});

export interface PostBody {
  readonly text: string;
  readonly botDisplayName: string | undefined;
  readonly wantsId: boolean;
  readonly replyTo: string | undefined;
  readonly threadMessageId: string | undefined;
  readonly userIds: readonly string[];
  readonly broadcast: boolean;
  readonly rich: Readonly<Record<string, unknown>>;
}

/** A parsed body, or the error answer. */
export type Parsed<Body> = { readonly body: Body } | { readonly refusal: Answer };

/** Parses a post as strictly as Cliq does. Rejects unknown keys and long texts. */
export function parsePost(raw: string, extraKeys: readonly string[] = []): Parsed<PostBody> {
  const json = parseObject(raw);
  if (json === undefined) return invalidJson;
  const extra = Object.keys(json).find((key) => ![...commonKeys, ...extraKeys].includes(key));
  if (extra !== undefined)
    return refused("extra_key_found", `'${extra}' is an extra key in the JSON Object.`);
  const parsed = postSchema.safeParse(json);
  if (!parsed.success) return invalidInput(parsed.error);
  const { text = "", userids = "" } = parsed.data;
  const rich = Object.fromEntries(richKeys.flatMap((key) => (key in json ? [[key, json[key]]] : [])));
  if (text.trim() === "") return refused("param_missing", "'text' is missing.");
  return checkLength(text, {
    text,
    botDisplayName: parsed.data.bot?.name,
    wantsId: parsed.data.sync_message ?? false,
    replyTo: parsed.data.reply_to,
    threadMessageId: parsed.data.thread_message_id,
    userIds: userids
      .split(",")
      .map((id) => id.trim())
      .filter(Boolean),
    broadcast: parsed.data.broadcast ?? false,
    rich,
  });
}

const editSchema = z.looseObject({ text: z.string().min(1) });

export function parseEdit(raw: string): Parsed<{ readonly text: string }> {
  const json = parseObject(raw);
  if (json === undefined) return invalidJson;
  const parsed = editSchema.safeParse(json);
  if (!parsed.success) return invalidInput(parsed.error);
  return checkLength(parsed.data.text, { text: parsed.data.text });
}

function parseObject(raw: string): Record<string, unknown> | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(raw)).data;
  } catch {
    return undefined;
  }
}

function checkLength<Body>(text: string, body: Body): Parsed<Body> {
  if ([...text].length <= maxTextChars) return { body };
  return refused("text_length_exceeded", `The text is longer than ${maxTextChars} characters.`);
}

function invalidInput(error: z.ZodError): Parsed<never> {
  const path = error.issues[0]?.path.join(".") ?? "body";
  return refused("invalid_inputs", `The value of '${path}' is invalid.`);
}

function refused(code: string, message: string): Parsed<never> {
  return { refusal: refuse(400, code, message) };
}

const invalidJson: Parsed<never> = refused("invalid_json", "The request body is not a JSON Object.");
