import { hideSecrets } from "./hide-secrets.ts";

/** Longest text of a field, in UTF-16 units: an id that a stranger chose may be a megabyte. */
const maxText = 2_048;

/** Cuts a text for the log and says how long it was. */
export function cutText(text: string, max: number = maxText): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`;
}

/** A text without secrets, then cut: half of an address no longer shows where its password ends. */
export function safeText(text: string, max?: number): string {
  return cutText(hideSecrets(text), max);
}
