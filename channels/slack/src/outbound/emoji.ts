import { trimOf } from "@mio/channel-kit";
import { emojiOfCharacter } from "@mio/emoji";

/** A name of Slack's, or of a custom emoji, which may be in any script. */
const slackName = /^[\p{Ll}\p{Lm}\p{Lo}\p{M}0-9_+'-]{1,100}(?:::skin-tone-[2-6])?$/u;

/** Slack's name of an emoji, given by name, with colons or without, or as the character; undefined when not known. */
export function emojiName(emoji: string): string | undefined {
  const given = emoji.trim();
  const known = emojiOfCharacter(given);
  if (known?.name) return known.skinTone ? `${known.name}::skin-tone-${known.skinTone}` : known.name;
  const name = trimOf(given, ":");
  return slackName.test(name) ? name : undefined;
}
