/** NOTE: the parse error is dropped, because it quotes the text, which must not be logged. */
export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
