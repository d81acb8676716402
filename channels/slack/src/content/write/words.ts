import { unescapeText } from "./escape.ts";

/** The words alone, each between spaces, so that no word is found within another. */
export function wordsOf(text: string): string {
  return ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ")} `.replace(/ +/g, " ");
}

/** Whether two texts say the same, however they are marked up; texts without any word must be the same. */
export function saysTheSame(one: string, other: string): boolean {
  const [words, others] = [one, other].map((text) => wordsOf(unescapeText(text)));
  return words === " " ? one.trim() === other.trim() : words === others;
}
