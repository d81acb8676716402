import { z } from "zod";
import type { SimAuthor, SimChat } from "../types.ts";
import { type Answer, answers, noContent, refuse } from "./answer.ts";
import { type Call, type FormParts, type Platform, param } from "./call.ts";
import { isBot, isParticipant } from "./participants.ts";

const maxFiles = 10;
const maxFileBytes = 50 * 1024 * 1024;

/**
 * Uploads files, v2: posts a message for each, and does not return their ids.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/files/
 */
export function uploadToChannel(platform: Platform, call: Call): Answer {
  const chat = platform.state.findChat(param(call, "channel"));
  if (chat?.kind !== "channel") return answers.channelNotFound;
  return upload(platform, call, chat);
}

export function uploadToChat(platform: Platform, call: Call): Answer {
  const chat = platform.state.findChat(param(call, "chat"));
  if (!chat || !isParticipant(platform, chat)) return answers.chatNotFound;
  return upload(platform, call, chat);
}

/** Shares files in the direct chat of one person. */
export function uploadToBot(platform: Platform, call: Call): Answer {
  if (!isBot(platform, param(call, "bot"))) return answers.botNotFound;
  const user = platform.state.findUser(call.form?.fields["user_id"] ?? "");
  if (!user) return refuse(400, "invalid_inputs", "The value of 'user_id' is invalid.");
  const { id, name } = platform.bot;
  return share(platform, call, { chat: platform.state.ensureDm(user), author: { kind: "bot", id, name } });
}

function upload(platform: Platform, call: Call, chat: SimChat): Answer {
  const botName = call.query.get("bot_unique_name");
  if (botName === null) return share(platform, call, { chat, author: platform.apiUser });
  if (!isBot(platform, botName)) return answers.botNotFound;
  const { id, name } = platform.bot;
  return share(platform, call, { chat, author: { kind: "bot", id, name } });
}

function share(
  platform: Platform,
  { form }: Call,
  { chat, author }: { readonly chat: SimChat; readonly author: SimAuthor },
): Answer {
  const comments = commentsOf(form);
  if (!form || form.files.length === 0) return refuse(400, "param_missing", "'file' is missing.");
  if (form.files.length > maxFiles || comments === undefined) {
    return refuse(400, "invalid_inputs", "There are too many files, or 'comments' is no list of texts.");
  }
  if (form.files.some(({ bytes }) => bytes.byteLength > maxFileBytes)) {
    return refuse(413, "file_size_exceeded", "A file is larger than 50 MB.");
  }
  for (const [at, draft] of form.files.entries()) {
    platform.state.post({ chat, author, text: comments[at] ?? "", file: platform.state.storeFile(draft) });
  }
  return noContent;
}

function commentsOf(form: FormParts | undefined): readonly string[] | undefined {
  const raw = form?.fields["comments"];
  if (raw === undefined) return [];
  try {
    return z.array(z.string()).safeParse(JSON.parse(raw)).data;
  } catch {
    return undefined;
  }
}
