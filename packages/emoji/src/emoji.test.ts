import { describe, expect, it } from "vitest";
import { emojiOfCharacter, emojiOfName } from "./emoji.ts";
import { table } from "./gen/table.ts";

const lines = table
  .trim()
  .split("\n")
  .map((line) => line.split("|"));

describe("a character", () => {
  it.each([
    ["🫡", "saluting_face"],
    ["📈", "chart_with_upwards_trend"],
    ["💬", "speech_balloon"],
    ["🤯", "exploding_head"],
    ["ℹ️", "information_source"],
    ["ℹ", "information_source"],
    ["1️⃣", "one"],
    ["1⃣", "one"],
    ["🇻🇳", "flag-vn"],
    ["👩‍💻", "female-technologist"],
    ["🏳️‍🌈", "rainbow-flag"],
    ["🏳‍🌈", "rainbow-flag"],
    ["🏴󠁧󠁢󠁥󠁮󠁧󠁿", "flag-england"],
    ["❤️", "heart"],
    ["👍️", "+1"],
  ])("%s is %s", (character, name) => {
    expect(emojiOfCharacter(character)).toMatchObject({ name });
    expect(emojiOfCharacter(character)).not.toHaveProperty("skinTone");
  });

  it.each([
    ["👍🏽", "+1", 4],
    ["✌️🏿", "v", 6],
    ["👩🏻‍💻", "female-technologist", 2],
    ["🧑🏾‍🤝‍🧑🏾", "people_holding_hands", 5],
  ])("%s has a skin tone", (character, name, skinTone) => {
    expect(emojiOfCharacter(character)).toMatchObject({ name, skinTone });
  });

  it.each(["", "a", "+1", "👍👍", "👍 ", "🏽", "🔥🏽", "🧑🏻‍🤝‍🧑🏿", "🇦", "\ufe0f", "\u200d"])(
    "%j is no emoji",
    (text) => {
      expect(emojiOfCharacter(text)).toBeUndefined();
    },
  );
});

describe("a name", () => {
  it.each([
    ["thumbsup", "👍"],
    ["+1", "👍"],
    ["heart", "❤️"],
    ["+1::skin-tone-3", "👍🏼"],
    ["v::skin-tone-6", "✌🏿"],
    ["female-technologist::skin-tone-2", "👩🏻‍💻"],
    ["flag-vn", "🇻🇳"],
    ["one", "1️⃣"],
  ])("%s is %s", (name, character) => {
    expect(emojiOfName(name)?.character).toBe(character);
  });

  it.each([
    "",
    "party_parrot",
    "fire::skin-tone-2",
    "wave::skin-tone-7",
    "::skin-tone-2",
    "constructor",
    ":wave:",
  ])("%j is not a standard one", (name) => {
    expect(emojiOfName(name)).toBeUndefined();
  });
});

it("knows each emoji by each of its names, and by its character", () => {
  expect(lines.length).toBeGreaterThan(1_900);
  for (const [names = "", character = "", toned = ""] of lines) {
    const [name = ""] = names.split(" ");
    expect(emojiOfCharacter(character)).toEqual({ name, character });
    for (const each of names.split(" ").filter(Boolean)) expect(emojiOfName(each)?.character).toBe(character);
    if (toned !== "") expect(emojiOfCharacter(toned)).toEqual({ name, character: toned, skinTone: 2 });
  }
});
