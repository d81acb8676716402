/**
 * Writes every character beyond ASCII as an escape. With one such character V8 keeps a whole file as two bytes per
 * character, and takes longer to read it.
 *
 * @throws Error for a `String.raw` with such a character, because an escape would change its value
 */
export function toAscii(code: string): string {
  if (/String\.raw`[^`]*\P{ASCII}/u.test(code)) throw new Error("String.raw with a character beyond ASCII");
  // Pairs of backslashes first, so that a third one belongs to the character after it.
  return code.replaceAll(/\\\\|\\?\P{ASCII}/gu, (found) => {
    if (found === "\\\\") return found;
    return toEscape(found.startsWith("\\") ? found.slice(1) : found);
  });
}

function toEscape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, "0");
    return `\\u${unit}`;
  }).join("");
}
