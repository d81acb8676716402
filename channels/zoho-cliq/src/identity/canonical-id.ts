/** A message id in one of its three spellings. */
const spelled = /^\s*((?:DM_)?\d+)(?:%20|[ _])(\d+)\s*$/;

/**
 * One spelling for the ids of Cliq messages. Webhooks write `<ms>%20<n>`, Deluge `<ms> <n>`, the REST API `<ms>_<n>`.
 * All become the last, so that copies of one message match. Ids of another form stay unchanged, so that different ids
 * stay different; a blank id is empty.
 */
export function canonicalId(raw: string): string {
  const [, time, number] = spelled.exec(raw) ?? [];
  if (time !== undefined && number !== undefined) return `${time}_${number}`;
  return raw.trim() === "" ? "" : raw;
}

/** The time of sending at the start of a message id, in ms since 1970; undefined for ids of another form. */
export function timeOfId(id: string): number | undefined {
  const digits = /^(?:DM_)?(\d{13})(?:_|$)/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether an id in the REST API's spelling is a message's, not an event's or a synthetic one. */
export function isMessageId(id: string): boolean {
  return /^(?:DM_)?\d{13}(?:_\d+)?$/.test(id);
}

/** The prefix of ids that Mio makes for direct messages without one. */
export const syntheticPrefix = "dm_";

/** Whether Mio made the id, so that Cliq does not know it. */
export function isSyntheticId(id: string): boolean {
  return id.startsWith(syntheticPrefix);
}
