import type { Db } from "../connection/store.ts";

/** An account whose channel is not mounted here. */
export interface UnservedAccount {
  readonly id: string;
  readonly channelType: string;
}

/** Enabled accounts of channels other than these, at most 100. */
export async function listUnservedAccounts(
  db: Db,
  channelTypes: readonly string[],
): Promise<readonly UnservedAccount[]> {
  const { rows } = await db.query<{ id: string; channel_type: string }>(
    "SELECT id, channel_type FROM accounts WHERE disabled_at IS NULL AND channel_type <> ALL($1::text[]) ORDER BY id LIMIT 100",
    [channelTypes],
  );
  return rows.map(({ id, channel_type }) => ({ id, channelType: channel_type }));
}
