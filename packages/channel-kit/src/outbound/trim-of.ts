/** The text without the characters of `set` at its end. Unlike a regular expression, it reads each character once. */
export function trimEndOf(text: string, set: string): string {
  let end = text.length;
  while (end > 0 && set.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The text without the characters of `set` at its start and end. */
export function trimOf(text: string, set: string): string {
  const trimmed = trimEndOf(text, set);
  let start = 0;
  while (start < trimmed.length && set.includes(trimmed.charAt(start))) start += 1;
  return trimmed.slice(start);
}
