/** One character of a text, with what it depends on whether that is taken for markup. */
export interface Typed {
  readonly character: string;
  /** What follows in the same text, as far as it can matter. */
  readonly next: string;
  readonly inLink: boolean;
}

/** What a backslash can escape. */
export const punctuation: RegExp = /[!-/:-@[-`{-~]/;

/** Typed as text it mentions no one, so it never becomes a platform's token. */
export function makesMention({ character, next }: Typed): boolean {
  return character === "<" ? /^[@#!]/.test(next) : character === "{" && next.startsWith("@");
}

/** A bracket inside a label could end it. */
export function endsLabel({ character, inLink }: Typed): boolean {
  return inLink && (character === "[" || character === "]");
}

/** A backslash that would escape what follows, and a character reference. */
export function standsForAnother({ character, next }: Typed): boolean {
  if (character === "\\") return !/^[A-Za-z0-9 ]/.test(next);
  return character === "&" && /^#?[A-Za-z0-9]{1,31};/.test(next);
}

/** Whether a character can be markup there: most signs anywhere, some only at the beginning of a line. */
export function isMarkup({ character }: Typed, lineHead: string): boolean {
  if (/[\\`*_~[\]<&|!#]/.test(character)) return true;
  if (lineHead === "") return /[>+=:-]/.test(character);
  return /[.)]/.test(character) && /^\d{1,9}$/.test(lineHead);
}

/** NOTE: in an address that readers find by themselves, escapes would be part of it. */
export function beginsAddress({ character, next }: Typed, before: string): boolean {
  if (character === ":") return next.startsWith("//");
  return character === "." && before.toLowerCase() === "www";
}
