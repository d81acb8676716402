import { trimOf } from "@mio/channel-kit";
import { emojiOfCharacter } from "@mio/emoji";

/** A name of Slack, or of a custom emoji, which may be in any script. */
const slackName = /^[\p{Ll}\p{Lm}\p{Lo}\p{M}0-9_+'-]{1,100}(?:::skin-tone-[2-6])?$/u;

/** Slack's name of an emoji, from a name with or without colons, or from the character; undefined if unknown. */
export function emojiName(emoji: string): string | undefined {
  const given = emoji.trim();
  const known = emojiOfCharacter(given);
  if (known?.name) return known.skinTone ? `${known.name}::skin-tone-${known.skinTone}` : known.name;
  const name = trimOf(given, ":");
  return slackName.test(name) ? name : undefined;
}
