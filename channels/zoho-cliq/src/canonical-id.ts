/**
 * One spelling for the ids of Cliq messages. Webhooks write `<ms>%20<n>`, Deluge `<ms> <n>`, the REST API
 * `<ms>_<n>`; all become the last, so that copies of one message are recognised across the paths.
 */
export function canonicalId(raw: string): string {
  return decoded(raw.trim()).trim().replaceAll(" ", "_");
}

function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The send time that starts a message id, in ms since 1970; `undefined` when the id has another form. */
export function timeOfId(id: string): number | undefined {
  const digits = /^(?:DM_)?(\d{13})(?:_|$)/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether an id, as the REST API spells it, is one of a message: of an event or of Mio's own making it is not. */
export function isMessageId(id: string): boolean {
  return /^(?:DM_)?\d{13}(?:_\d+)?$/.test(id);
}
