/** A message id in one of its spellings; only these three are one id. */
const spelled = /^\s*((?:DM_)?\d+)(?:%20|[ _])(\d+)\s*$/;

/**
 * One spelling for the ids of Cliq messages. Webhooks write `<ms>%20<n>`, Deluge `<ms> <n>`, the REST API
 * `<ms>_<n>`; all become the last, so that copies of one message are recognised across the paths. Ids of another form
 * stay as they are, so that distinct ones stay distinct; a blank one is empty.
 */
export function canonicalId(raw: string): string {
  const [, time, number] = spelled.exec(raw) ?? [];
  if (time !== undefined && number !== undefined) return `${time}_${number}`;
  return raw.trim() === "" ? "" : raw;
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

/** Starts the ids that Mio makes for direct messages without one. */
export const syntheticPrefix = "dm_";

/** Whether Mio made an id, so that Cliq does not know it. */
export function isSyntheticId(id: string): boolean {
  return id.startsWith(syntheticPrefix);
}
