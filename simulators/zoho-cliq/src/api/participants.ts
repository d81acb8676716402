import type { SimChat } from "../types.ts";
import type { Platform } from "./call.ts";

/** Whether a name or an id is that of the one bot. */
export function isBot(platform: Platform, name: string): boolean {
  return [platform.bot.uniqueName, platform.bot.id, platform.bot.id.slice("b-".length)].includes(name);
}

/** The API's user is in every channel, and in no direct chat of the bot with others. */
export function isParticipant(platform: Platform, chat: SimChat): boolean {
  return chat.kind !== "dm" || chat.userId === platform.apiUser.id;
}
