import { z } from "zod";
import { toRestId } from "../message-id.ts";
import type { SimMessage } from "../types.ts";
import { type Answer, answers, noContent, refuse } from "./answer.ts";
import { type Call, type Platform, param } from "./call.ts";

const body = z.strictObject({ emoji_code: z.string().min(1).max(64) });

/**
 * Reactions of the API user: `:names:` or characters.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/messages/
 */
export const addReaction = (platform: Platform, call: Call): Answer => change(platform, call, true);
export const removeReaction = (platform: Platform, call: Call): Answer => change(platform, call, false);

export function listReactions(platform: Platform, call: Call): Answer {
  const message = find(platform, call);
  return message ? { status: 200, body: { data: message.reactions } } : answers.messageNotFound;
}

function change(platform: Platform, call: Call, isAdded: boolean): Answer {
  const message = find(platform, call);
  if (!message) return answers.messageNotFound;
  const emoji = emojiOf(call.rawBody);
  if (emoji === undefined) return refuse(400, "invalid_inputs", "The value of 'emoji_code' is invalid.");
  platform.state.react(message, { emoji, userId: platform.apiUser.id, isAdded });
  return noContent;
}

function find(platform: Platform, call: Call): SimMessage | undefined {
  const message = platform.state.findMessage(toRestId(param(call, "message")));
  const chat = platform.state.findChat(param(call, "chat"));
  return message && !message.deletedAt && message.chatId === chat?.id ? message : undefined;
}

/** Whether it is a name between colons or one emoji character. */
function emojiOf(raw: string): string | undefined {
  try {
    const emoji = body.safeParse(JSON.parse(raw)).data?.emoji_code;
    // regex: a name, or one emoji character
    return emoji !== undefined && /^(?::[\w+\-]+:|\p{RGI_Emoji})$/v.test(emoji) ? emoji : undefined;
  } catch {
    return undefined;
  }
}
