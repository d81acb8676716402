/** NOTE: what went wrong is dropped, because it quotes the text, and that does not belong in logs. */
export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
