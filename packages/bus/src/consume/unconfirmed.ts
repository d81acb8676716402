import { createBoundedMap } from "@mio/pacing";

/** Far more than can be pending when a server crashes. */
const defaultLimit = 10_000;

/** Handled messages whose acknowledgement the server did not confirm: they may come again. */
export interface Unconfirmed {
  add(identity: string): void;
  /** Whether the message is one of them. Removes it. */
  take(identity: string): boolean;
}

/** Keeps at most `limit` messages and forgets the oldest. */
export function createUnconfirmed(limit: number = defaultLimit): Unconfirmed {
  const identities = createBoundedMap<string, true>(limit);
  return {
    add: (identity) => identities.set(identity, true),
    take: (identity) => identities.delete(identity),
  };
}
