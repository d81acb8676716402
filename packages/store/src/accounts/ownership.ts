import { isUuid } from "@mio/envelope";
import type { Db } from "../connection/store.ts";

/** A conversation on record. */
export interface KnownConversation {
  readonly id: string;
  readonly accountId: string;
  /** The platform's id of it, unique within the account. */
  readonly externalId: string;
  /**
   * The address in addition to the external id; empty if the external id alone is enough, undefined before the first
   * message.
   */
  readonly address: string | undefined;
}

/** The names by which a command may mean a conversation. */
export interface ConversationPlace {
  readonly id: string;
  readonly accountId: string;
  readonly externalId: string;
}

/**
 * For each place, in order, the conversations with this id, or with this external id within the account: none, one, or
 * one of each. One statement for all.
 */
export async function findConversations(
  db: Db,
  places: readonly ConversationPlace[],
): Promise<readonly (readonly KnownConversation[])[]> {
  const { rows } = await db.query<ConversationRow>({
    name: "conversation-places",
    text: `SELECT place.at, found.*
      FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS place (id, account_id, external_id, at)
      CROSS JOIN LATERAL (
        SELECT id, account_id, external_id, address FROM conversations AS c WHERE c.id = place.id
        UNION SELECT id, account_id, external_id, address FROM conversations AS c
          WHERE c.account_id = place.account_id AND c.external_id = place.external_id
      ) AS found`,
    values: [
      places.map(({ id }) => (isUuid(id) ? id : null)),
      places.map(({ accountId }) => accountId),
      places.map(({ externalId }) => externalId),
    ],
  });
  const found = places.map((): KnownConversation[] => []);
  for (const { at, id, account_id, external_id, address } of rows) {
    const conversation = {
      id,
      accountId: account_id,
      externalId: external_id,
      address: address ?? undefined,
    };
    found[Number(at) - 1]?.push(conversation);
  }
  return found;
}

interface ConversationRow {
  /** The place in the question, from 1. */
  at: string;
  id: string;
  account_id: string;
  external_id: string;
  address: string | null;
}
