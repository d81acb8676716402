import { createBoundedMap } from "@mio/pacing";

/** Far more than can be under way when a server crashes. */
const defaultLimit = 10_000;

/** Messages that were handled but whose acknowledgement the server did not confirm. */
export interface Unconfirmed {
  add(identity: string): void;
  /** Whether the message is one of them; it is forgotten then. */
  take(identity: string): boolean;
}

/** Creates a memory that forgets the oldest beyond `limit`. */
export function createUnconfirmed(limit: number = defaultLimit): Unconfirmed {
  const identities = createBoundedMap<string, true>(limit);
  return {
    add: (identity) => identities.set(identity, true),
    take: (identity) => identities.delete(identity),
  };
}
