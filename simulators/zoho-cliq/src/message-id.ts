/**
 * Message ids as Cliq makes them: milliseconds and a number. Webhooks join the two with a URL-escaped
 * space, REST answers with an underscore. The bot's message handler uses `DM_…` ids.
 */
export interface MessageIds {
  readonly webhookId: string;
  readonly restId: string;
}

export function createMessageIds(): (at: Date, dmUserId?: string) => MessageIds {
  let serial = 137_127_178_000;
  let lastMs = 0;
  return (at, dmUserId) => {
    serial += 967;
    // A DM id has no serial number, so its milliseconds must be unique.
    lastMs = Math.max(at.getTime(), lastMs + (dmUserId === undefined ? 0 : 1));
    const restId = `${lastMs}_${serial}`;
    const webhookId = dmUserId === undefined ? `${lastMs}%20${serial}` : `DM_${lastMs}_${dmUserId}`;
    return { webhookId, restId };
  };
}

/** Converts an id in any spelling to the REST spelling. */
export function toRestId(id: string): string {
  return id.replace(/%20|[ +]/g, "_");
}
