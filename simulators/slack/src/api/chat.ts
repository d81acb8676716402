import { changedEvent, deletedEvent, postedEvents } from "../events/inner-event.ts";
import { toMessageObject } from "../events/message-object.ts";
import type { SlackChat, SlackMessage } from "../model.ts";
import { type Answer, no, ok, refuse } from "./answer.ts";
import { findBlockProblems } from "./blocks.ts";
import { type Call, messageOf, ownChat, required, writableChat } from "./call.ts";
import { readMetadata } from "./metadata.ts";

const maxTextLength = 40_000;
/** NOTE: not documented. `chat.update` accepts this much in practice. */
const maxUpdateLength = 4_000;
const maxAttachments = 100;

/** @see https://docs.slack.dev/reference/methods/chat.postMessage */
export function postMessage(call: Call): Answer {
  const { core, args } = call;
  const chat = writableChat(call, required(call, "channel"));
  const content = readContent(call, maxTextLength);
  const metadata = readMetadata(call);
  const threadTs = threadRoot(call, chat);
  const message = core.state.post({
    chat,
    author: core.author,
    ...content,
    ...(metadata === undefined ? {} : { metadata }),
    ...(threadTs === undefined ? {} : { threadTs, isBroadcast: args.flag("reply_broadcast") }),
  });
  core.announcer.announceInBackground({
    about: message,
    events: (context) => postedEvents(message, context),
  });
  return ok({ channel: chat.id, ts: message.ts, message: withMetadata(call, message) });
}

/** Only `user` sees the message. It causes no event, and later calls cannot find it. */
export function postEphemeral(call: Call): Answer {
  const { core } = call;
  const chat = writableChat(call, required(call, "channel"));
  const user = core.state.findUser(required(call, "user"));
  if (!user || !chat.memberIds.includes(user.id)) return no("user_not_in_channel");
  const content = readContent(call, maxTextLength);
  const threadTs = threadRoot(call, chat);
  const message = core.state.post({
    chat,
    author: core.author,
    ...content,
    ephemeralFor: user.id,
    ...(threadTs === undefined ? {} : { threadTs }),
  });
  return ok({ message_ts: message.ts });
}

/** Text without blocks removes the blocks of the message. */
export function updateMessage(call: Call): Answer {
  const { core, args } = call;
  const chat = ownChat(call, required(call, "channel"));
  const before = messageOf(call, { chat, ts: required(call, "ts"), error: "message_not_found" });
  if (before.author.id !== core.bot.userId || before.ephemeralFor) return no("cant_update_message");
  if (core.state.isStreaming(before)) return no("streaming_state_conflict");
  const { text, blocks, attachments } = readContent(call, maxUpdateLength);
  const hasText = text !== "";
  const metadata = readMetadata(call);
  const after = core.state.revise(before, {
    isEdit: true,
    ...(hasText ? { text, blocks } : {}),
    ...(args.json("blocks") === undefined ? {} : { blocks }),
    ...(args.json("attachments") === undefined ? {} : { attachments }),
    ...(metadata === undefined ? {} : { metadata }),
  });
  const eventTs = core.state.nextTs();
  core.announcer.announceInBackground({
    about: after,
    events: (context) => [changedEvent({ before, after, eventTs }, context)],
  });
  return ok({ channel: chat.id, ts: after.ts, text: after.text, message: withMetadata(call, after) });
}

export function deleteMessage(call: Call): Answer {
  const { core } = call;
  const chat = ownChat(call, required(call, "channel"));
  const message = messageOf(call, { chat, ts: required(call, "ts"), error: "message_not_found" });
  if (message.author.id !== core.bot.userId || message.ephemeralFor) return no("cant_delete_message");
  if (core.state.isStreaming(message)) return no("cant_delete_message");
  const eventTs = core.state.nextTs();
  const after = core.state.remove(message);
  core.announcer.announceInBackground({
    about: after,
    events: (context) => [deletedEvent({ before: message, after, eventTs }, context)],
  });
  return ok({ channel: chat.id, ts: message.ts });
}

type Content = Pick<SlackMessage, "text" | "blocks" | "attachments">;

function readContent(call: Call, maxLength: number): Content {
  const { args } = call;
  const markdown = args.text("markdown_text");
  if (markdown !== undefined && (args.text("text") !== undefined || args.json("blocks") !== undefined))
    refuse("markdown_text_conflict");
  const text = args.text("text") ?? markdown ?? "";
  if (text.length > maxLength) refuse("msg_too_long");
  const blocks = readList(call, "blocks", "invalid_blocks_format");
  const problems = findBlockProblems(blocks);
  if (problems.length > 0) {
    refuse("invalid_blocks", { errors: problems, response_metadata: { messages: problems } });
  }
  const attachments = readList(call, "attachments", "invalid_attachments");
  if (attachments.length > maxAttachments) refuse("too_many_attachments");
  if (text.trim() === "" && blocks.length === 0 && attachments.length === 0) refuse("no_text");
  return { text, blocks, attachments };
}

function readList({ args }: Call, name: string, error: string): readonly unknown[] {
  const json = args.json(name);
  if (json === undefined) return [];
  if (json === "malformed" || !Array.isArray(json.value)) return refuse(error);
  return json.value;
}

/** The root of the named thread. If it does not exist, Slack reports no error and posts to the channel. */
function threadRoot({ core, args }: Call, chat: SlackChat): string | undefined {
  const named = core.state.findThread(chat.id, args.text("thread_ts") ?? "");
  return named && !named.ephemeralFor ? (named.threadTs ?? named.ts) : undefined;
}

export function withMetadata({ core }: Call, message: SlackMessage): object {
  const { metadata } = message;
  return { ...toMessageObject(message, core.writing), ...(metadata === undefined ? {} : { metadata }) };
}
