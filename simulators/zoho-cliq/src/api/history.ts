import { toRestId } from "../message-id.ts";
import type { SimMessage } from "../types.ts";
import { type Answer, answers, refuse } from "./answer.ts";
import { type Call, type Platform, param } from "./call.ts";

const maxLimit = 100;

/**
 * Messages of a chat, newest first; both times in ms and inclusive.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/messages/
 */
export function listMessages(platform: Platform, call: Call): Answer {
  const chat = platform.state.findChat(param(call, "chat"));
  if (!chat) return answers.chatNotFound;
  const from = readNumber(call.query.get("fromtime"), 0);
  const to = readNumber(call.query.get("totime"), Number.MAX_SAFE_INTEGER);
  const limit = readNumber(call.query.get("limit"), maxLimit);
  if (from === undefined || to === undefined || limit === undefined || limit < 1 || limit > maxLimit) {
    return refuse(400, "invalid_inputs", "The value of 'limit', 'fromtime' or 'totime' is invalid.");
  }
  const rows = platform.state
    .messages(chat.id)
    .filter((message) => !message.deletedAt && isBetween(message.postedAt.getTime(), from, to))
    .slice(-limit)
    .reverse()
    .map((message) => toRow(platform, message));
  return { status: 200, body: { data: rows } };
}

export function getMessage(platform: Platform, call: Call): Answer {
  const chat = platform.state.findChat(param(call, "chat"));
  if (!chat) return answers.chatNotFound;
  const message = platform.state.findMessage(toRestId(param(call, "message")));
  if (!message || message.chatId !== chat.id || message.deletedAt) return answers.messageNotFound;
  return { status: 200, body: toRow(platform, message) };
}

function toRow(platform: Platform, message: SimMessage): object {
  const { author, file, text } = message;
  const quoted = message.replyToId === undefined ? undefined : platform.state.findMessage(message.replyToId);
  return {
    id: message.restId,
    time: message.postedAt.getTime(),
    type: file ? "file" : "text",
    sender: { id: author.id, name: author.name },
    content: file
      ? {
          file: { id: file.token, name: file.name, type: file.mime, dimensions: { size: file.size } },
          comment: text,
        }
      : { text },
    ...(message.revisions.length > 1 ? { is_edited: true } : {}),
    ...(quoted ? { replied_message: toQuotedRow(quoted) } : {}),
  };
}

function toQuotedRow(quoted: SimMessage): object {
  return {
    id: quoted.restId,
    text: quoted.text,
    sender: { id: quoted.author.id, name: quoted.author.name },
    time: quoted.postedAt.getTime(),
    type: quoted.file ? "file" : "text",
  };
}

function readNumber(value: string | null, fallback: number): number | undefined {
  if (value === null) return fallback;
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function isBetween(value: number, from: number, to: number): boolean {
  return from <= value && value <= to;
}
