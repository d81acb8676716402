import { toRestId } from "../message-id.ts";
import type { SimAuthor, SimChat, SimMessage } from "../types.ts";
import { type Answer, answers, noContent, refuse } from "./answer.ts";
import { type Call, type Platform, param } from "./call.ts";
import { isBot, isParticipant } from "./participants.ts";
import { type PostBody, parseEdit, parsePost } from "./post-body.ts";

/**
 * Posting, editing and deleting, v2. A post answers 204, or with the id if `sync_message` is set.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/messages/
 */
export function postToChannel(platform: Platform, call: Call): Answer {
  const chat = platform.state.findChat(param(call, "channel"));
  if (chat?.kind !== "channel") return answers.channelNotFound;
  const parsed = parsePost(call.rawBody);
  if ("refusal" in parsed) return parsed.refusal;
  return postAsAsked(platform, call, { chat, body: parsed.body });
}

/** Posts to a chat of the API user. The bot's direct chats with other people are not among them. */
export function postToChat(platform: Platform, call: Call): Answer {
  const chat = platform.state.findChat(param(call, "chat"));
  if (!chat || !isParticipant(platform, chat)) return answers.chatNotFound;
  const parsed = parsePost(call.rawBody);
  if ("refusal" in parsed) return parsed.refusal;
  return postAsAsked(platform, call, { chat, body: parsed.body });
}

/** Posted as the bot, only the text is shown. Cards need the user as the author. */
function postAsAsked(
  platform: Platform,
  call: Call,
  { chat, body }: { readonly chat: SimChat; readonly body: PostBody },
): Answer {
  const botName = call.query.get("bot_unique_name");
  if (botName !== null && !isBot(platform, botName)) return answers.botNotFound;
  const place = placeOf(platform, chat, body);
  if ("refusal" in place) return place.refusal;
  const author = botName === null ? apiAuthor(platform, body) : botAuthor(platform);
  const shown = botName === null ? body : { ...body, rich: {} };
  return toPostAnswer(post(platform, { chat: place.chat, author, body: shown }), body);
}

/** The chat of the requested thread, or the chat itself. A quoted message must be in it. */
function placeOf(
  platform: Platform,
  chat: SimChat,
  body: PostBody,
): { readonly chat: SimChat } | { readonly refusal: Answer } {
  const quoted = body.replyTo === undefined ? undefined : platform.state.findMessage(toRestId(body.replyTo));
  if (body.replyTo !== undefined && (quoted === undefined || quoted.deletedAt)) {
    return { refusal: answers.messageNotFound };
  }
  if (body.threadMessageId === undefined) return { chat };
  const root = platform.state.findMessage(toRestId(body.threadMessageId));
  if (chat.kind !== "channel" || root?.chatId !== chat.id || root.deletedAt) {
    return { refusal: refuse(400, "thread_message_invalid", "No thread can be made of this message here.") };
  }
  return { chat: platform.state.ensureThread(chat, root) };
}

/** Posts to the direct chats of `userids`, or to all direct chats if `broadcast` is set. */
export function postToBot(platform: Platform, call: Call): Answer {
  if (!isBot(platform, param(call, "bot"))) return answers.botNotFound;
  const parsed = parsePost(call.rawBody, ["userids"]);
  if ("refusal" in parsed) return parsed.refusal;
  const { body } = parsed;
  const userIds = body.broadcast ? platform.state.users().map((user) => user.id) : body.userIds;
  const users = userIds.flatMap((id) => platform.state.findUser(id) ?? []);
  if (users.length === 0 || users.length < userIds.length) {
    return refuse(400, "invalid_inputs", "The value of 'userids' is invalid.");
  }
  const details = users.map((user) => {
    const chat = platform.state.ensureDm(user);
    const message = post(platform, { chat, author: botAuthor(platform), body });
    return [user.id, { chat_id: chat.id, message_id: message.restId }] as const;
  });
  if (!body.wantsId) return noContent;
  const answer = { user_ids: users.map((user) => user.id), message_details: Object.fromEntries(details) };
  return { status: 200, body: answer };
}

export function editMessage(platform: Platform, call: Call): Answer {
  const found = findOwn(platform, call);
  if ("refusal" in found) return found.refusal;
  const parsed = parseEdit(call.rawBody);
  if ("refusal" in parsed) return parsed.refusal;
  platform.state.revise(found.message, parsed.body);
  return noContent;
}

export function deleteMessage(platform: Platform, call: Call): Answer {
  const found = findOwn(platform, call);
  if ("refusal" in found) return found.refusal;
  platform.state.remove(found.message);
  return noContent;
}

function findOwn(
  platform: Platform,
  call: Call,
): { readonly message: SimMessage } | { readonly refusal: Answer } {
  const chat = platform.state.findChat(param(call, "chat"));
  if (!chat) return { refusal: answers.chatNotFound };
  const message = platform.state.findMessage(toRestId(param(call, "message")));
  if (!message || message.chatId !== chat.id || message.deletedAt)
    return { refusal: answers.messageNotFound };
  if (message.author.kind === "user") return { refusal: answers.accessDenied };
  return { message };
}

function post(
  platform: Platform,
  draft: { readonly chat: SimChat; readonly author: SimAuthor; readonly body: PostBody },
): SimMessage {
  const { chat, author, body } = draft;
  return platform.state.post({ chat, author, text: body.text, replyToId: body.replyTo, rich: body.rich });
}

function toPostAnswer(message: SimMessage, body: PostBody): Answer {
  return body.wantsId ? { status: 200, body: { message_id: message.restId } } : noContent;
}

function botAuthor(platform: Platform): SimAuthor {
  return { kind: "bot", id: platform.bot.id, name: platform.bot.name };
}

/** `bot.name` changes the displayed name, not the author. */
function apiAuthor(platform: Platform, body: PostBody): SimAuthor {
  return { ...platform.apiUser, name: body.botDisplayName ?? platform.apiUser.name };
}
