import { unescapeText } from "./escape.ts";

/** The words of a text, each between spaces, so that no word matches inside another. */
export function wordsOf(text: string): string {
  return ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ")} `.replace(/ +/g, " ");
}

/** Whether two texts have the same words, ignoring markup. Texts without words must be equal. */
export function saysTheSame(one: string, other: string): boolean {
  const [words, others] = [one, other].map((text) => wordsOf(unescapeText(text)));
  return words === " " ? one.trim() === other.trim() : words === others;
}
