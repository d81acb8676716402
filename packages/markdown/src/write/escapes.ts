/** One character of a text, with the context that decides whether it is markup. */
export interface Typed {
  readonly character: string;
  /** The following text, as far as it matters. */
  readonly next: string;
  readonly inLink: boolean;
}

/** The characters that a backslash can escape. */
export const punctuation: RegExp = /[!-/:-@[-`{-~]/;

/** Whether the character starts a mention. Typed text mentions no one, so it must not become a platform token. */
export function makesMention({ character, next }: Typed): boolean {
  return character === "<" ? /^[@#!]/.test(next) : character === "{" && next.startsWith("@");
}

/** Whether the character could end a label. */
export function endsLabel({ character, inLink }: Typed): boolean {
  return inLink && (character === "[" || character === "]");
}

/** A backslash that would escape the next character, or the start of a character reference. */
export function standsForAnother({ character, next }: Typed): boolean {
  if (character === "\\") return !/^[A-Za-z0-9 ]/.test(next);
  return character === "&" && /^#?[A-Za-z0-9]{1,31};/.test(next);
}

/** Whether a character can be markup here: most signs anywhere, some only at the beginning of a line. */
export function isMarkup({ character }: Typed, lineHead: string): boolean {
  if (/[\\`*_~[\]<&|!#]/.test(character)) return true;
  if (lineHead === "") return /[>+=:-]/.test(character);
  return /[.)]/.test(character) && /^\d{1,9}$/.test(lineHead);
}

/** NOTE: readers that detect addresses would include escapes in them. */
export function beginsAddress({ character, next }: Typed, before: string): boolean {
  if (character === ":") return next.startsWith("//");
  return character === "." && before.toLowerCase() === "www";
}
