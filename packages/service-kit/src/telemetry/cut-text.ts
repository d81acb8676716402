import { hideSecrets } from "./hide-secrets.ts";

/** Longest text of a field, in UTF-16 units: an id from outside may be a megabyte. */
const maxText = 2_048;

/** Cuts a text for the log and appends its length. */
export function cutText(text: string, max: number = maxText): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`;
}

/** Removes secrets from a text, then cuts it: after a cut, the end of a password in a URL could not be found. */
export function safeText(text: string, max?: number): string {
  return cutText(hideSecrets(text), max);
}
