import type { SimChat } from "../types.ts";
import type { Platform } from "./call.ts";

/** Whether a name or id is the bot's. */
export function isBot(platform: Platform, name: string): boolean {
  return [platform.bot.uniqueName, platform.bot.id, platform.bot.id.slice("b-".length)].includes(name);
}

/** The API user is in every channel, but not in the bot's direct chats with other people. */
export function isParticipant(platform: Platform, chat: SimChat): boolean {
  return chat.kind !== "dm" || chat.userId === platform.apiUser.id;
}
