/** What stands where something was cut off. */
export const cutMark = "…";

/** A text within a limit of characters; a longer one ends in a mark, and no character is cut in half. */
export function clamp(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const kept = text.slice(0, maxChars - cutMark.length);
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}${cutMark}`;
}
