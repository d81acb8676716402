import type { Db } from "../connection/store.ts";

/** SQL for a FROM clause, with {@link beginsWithSql}. */
export const postsSql = "delivery_posts made CROSS JOIN deliveries post";

/**
 * SQL condition: the post of the command `post` begins with this platform id. `delivery_posts` finds the row, which has
 * the last word: an edit may have removed the id from it.
 */
export function beginsWithSql(firstId: string, accountId: string): string {
  return `made.external_id = ${firstId}::text AND made.account_id = ${accountId}
    AND post.account_id = made.account_id AND post.command_id = made.command_id AND post.external_ids[1] = made.external_id`;
}

/** SQL condition: the command has ended and may have left a post. */
export const leftAPostSql = "post.state IN ('sent', 'unknown', 'dead')";

/**
 * All platform ids of the post that begins with this id, if a command of the account created or edited it; also the
 * remains of a failed post. Undefined for any other message, including later parts of a post.
 */
export async function findPostedWith(
  db: Db,
  message: { readonly accountId: string; readonly externalId: string },
): Promise<readonly string[] | undefined> {
  const { rows } = await db.query<{ external_ids: string[] }>({
    name: "delivery-posted-with",
    text: `SELECT post.external_ids FROM ${postsSql}
     WHERE ${beginsWithSql("$2", "$1")} AND ${leftAPostSql} ORDER BY post.created_at LIMIT 1`,
    values: [message.accountId, message.externalId],
  });
  return rows[0]?.external_ids;
}

/** The command whose content a post shows while more changes are expected; empty for a finished post. */
export async function readInterim(
  db: Db,
  message: { readonly accountId: string; readonly externalId: string },
): Promise<string> {
  const { rows } = await db.query<{ interim: string }>({
    name: "delivery-interim",
    text: `SELECT post.interim FROM ${postsSql}
     WHERE ${beginsWithSql("$2", "$1")} AND post.operation <> 'edit' ORDER BY post.created_at LIMIT 1`,
    values: [message.accountId, message.externalId],
  });
  return rows[0]?.interim ?? "";
}

/** Platform ids in a conversation that other commands are known to have created since `since`, ended or not. */
export async function claimedExternalIds(
  db: Db,
  place: {
    readonly accountId: string;
    readonly conversationId: string;
    readonly since: Date;
    /** The command that asks. */
    readonly exceptCommandId: string;
  },
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ external_id: string }>({
    name: "delivery-created-ids",
    text: `SELECT external_id FROM delivery_posts
     WHERE account_id = $1 AND conversation_id = $2 AND created_at >= $3 AND command_id <> $4`,
    values: [place.accountId, place.conversationId, place.since, place.exceptCommandId],
  });
  return new Set(rows.map((row) => row.external_id));
}

/** Whether commands of other accounts of the channel created the message with this id, and none of this account did. */
export async function isForeignExternalId(
  db: Db,
  message: { readonly accountId: string; readonly channelType: string; readonly externalId: string },
): Promise<boolean> {
  const { rows } = await db.query<{ foreign: boolean | null }>({
    name: "delivery-foreign-id",
    text: `SELECT NOT bool_or(account_id = $1) AS foreign FROM delivery_posts
     WHERE external_id = $2 AND channel_type = $3`,
    values: [message.accountId, message.externalId, message.channelType],
  });
  return rows[0]?.foreign ?? false;
}
