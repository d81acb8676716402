import { table } from "./gen/table.ts";

export interface Emoji {
  /** Slack's name, without colons, which many others use too; empty for the newest emoji, which have no name yet. */
  readonly name: string;
  /** As Unicode recommends it, with its skin tone. */
  readonly character: string;
  /** From 2, the lightest, to 6. Absent for the default colour. */
  readonly skinTone?: SkinTone;
}

export type SkinTone = 2 | 3 | 4 | 5 | 6;

interface Entry {
  readonly name: string;
  readonly character: string;
  /** With the lightest skin tone; empty if it has no skin tones. */
  readonly toned: string;
}

const tones: ReadonlyMap<string, SkinTone> = new Map([
  ["\u{1f3fb}", 2],
  ["\u{1f3fc}", 3],
  ["\u{1f3fd}", 4],
  ["\u{1f3fe}", 5],
  ["\u{1f3ff}", 6],
]);
const modifiers = [...tones.keys()];
const [lightest = ""] = modifiers;
const pictureSign = "\ufe0f";

const byName = new Map<string, Entry>();
const byBareCharacter = new Map<string, Entry>();
for (const line of table.trim().split("\n")) {
  const [names = "", character = "", toned = ""] = line.split("|");
  const [name = ""] = names.split(" ");
  const entry = { name, character, toned };
  byBareCharacter.set(character.replaceAll(pictureSign, ""), entry);
  for (const each of names.split(" ")) if (each !== "") byName.set(each, entry);
}

/**
 * The emoji of one character: a picture, sequence or flag, in any skin tone, with or without the variation selector
 * U+FE0F. Undefined if it is not an emoji, or mixes skin tones.
 */
export function emojiOfCharacter(text: string): Emoji | undefined {
  const points = [...text].filter((point) => point !== pictureSign);
  const [tone, ...more] = new Set(points.flatMap((point) => tones.get(point) ?? []));
  const entry = byBareCharacter.get(points.filter((point) => !tones.has(point)).join(""));
  return entry === undefined || more.length > 0 ? undefined : inTone(entry, tone);
}

/** The emoji of a name, without colons, also `wave::skin-tone-2`. Undefined for names of custom emoji. */
export function emojiOfName(name: string): Emoji | undefined {
  const [, base = "", digit] = /^(.*?)(?:::skin-tone-([2-6]))?$/s.exec(name) ?? [];
  const entry = byName.get(base);
  const tone = [...tones.values()].find((each) => String(each) === digit);
  return entry === undefined ? undefined : inTone(entry, tone);
}

function inTone({ name, character, toned }: Entry, skinTone: SkinTone | undefined): Emoji | undefined {
  if (skinTone === undefined) return { name, character };
  const modifier = modifiers[skinTone - 2] ?? "";
  return toned === "" ? undefined : { name, character: toned.replaceAll(lightest, modifier), skinTone };
}
