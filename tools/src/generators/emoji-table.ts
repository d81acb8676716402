import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Generator } from "./generator.ts";

const intro = `// Generated from emojibase-data (MIT, © 2017-2019 Miles Johnson); do not edit.
/**
 * One emoji in each line: its names, the first of them preferred, then the character, then the same with the lightest
 * skin tone, where it can have one.
 */
`;

const emoji = z.object({ hexcode: z.string() });
const emojis = z.array(emoji.extend({ skins: z.array(emoji).optional() }));
const names = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
/** Each way to write an emoji; 0 is the whole of it, as Unicode recommends it. */
const spellings = z.record(z.string(), z.record(z.string(), z.number()));

const lightest = "1F3FB";
const otherTone = /1F3F[C-F]/;
const asText = "-FE0E";

/** Every emoji with the names that Slack knows it by. */
export const emojiTable: Generator = {
  path: "packages/emoji/src/gen/table.ts",
  render: async () => {
    const all = emojis.parse(await readData(import.meta.resolve("emojibase-data/en/compact.json")));
    const namesOf = names.parse(
      await readData(import.meta.resolve("emojibase-data/en/shortcodes/iamcal.json")),
    );
    const spellingsOf = spellings.parse(
      await readData(import.meta.resolve("emojibase-data/meta/hexcodes.json")),
    );
    /** Undefined for parts that are no emoji by themselves. */
    const wholeOf = (hexcode: string): string | undefined =>
      Object.entries(spellingsOf[hexcode] ?? {})
        .filter(([spelling, missing]) => missing === 0 && !spelling.endsWith(asText))
        .map(([spelling]) => characterOf(spelling))[0];
    const lines = all.flatMap(({ hexcode, skins = [] }) => {
      const character = wholeOf(hexcode);
      if (character === undefined) return [];
      const toned = skins.find((skin) => skin.hexcode.includes(lightest) && !otherTone.test(skin.hexcode));
      const given = [namesOf[hexcode] ?? []].flat();
      return [given.join(" "), character, (toned && wholeOf(toned.hexcode)) ?? ""].join("|");
    });
    return `${intro}export const table: string = \`\n${lines.join("\n")}\n\`;\n`;
  },
};

function characterOf(hexcode: string): string {
  return String.fromCodePoint(...hexcode.split("-").map((point) => Number.parseInt(point, 16)));
}

async function readData(address: string): Promise<unknown> {
  return JSON.parse(await readFile(fileURLToPath(address), "utf8"));
}
