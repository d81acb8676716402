/** Marks a cut text. */
export const cutMark = "…";

/** Cuts a text to a number of characters, with a mark at the end and no character in half. */
export function clamp(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const kept = text.slice(0, maxChars - cutMark.length);
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}${cutMark}`;
}
