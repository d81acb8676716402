import { deletionIdOf, editMark, sanitizeId } from "@mio/envelope";
import type { Db } from "../connection/store.ts";
import { beginsWithSql, postsSql } from "./posted-ids.ts";

/** The message that a command answers, by every id that the command has for it. */
export interface AnsweredMessage {
  /** The platform's ids, as source ids. */
  readonly externalIds: readonly string[];
  /** Mio's id of the message, or of an edit of it. */
  readonly messageId?: string | undefined;
  /** The platform's id of the answer that an edit changes. An edit of a finished answer is still shown. */
  readonly growingExternalId?: string | undefined;
}

/** SQL expressions of one command, in the order of {@link answeredValues}. */
interface AnsweredColumns {
  readonly accountId: string;
  readonly deletionIds: string;
  readonly messageId: string;
  readonly growing: string;
}

/**
 * SQL condition: the gateway has recorded the deletion of the message; and for an edit, the answer it changes is not
 * finished.
 * The source id of a deletion is derived from the message's, so one lookup in the unique index is enough, even for a
 * message that Mio never received.
 */
export function isGoneSql({ accountId, deletionIds, messageId, growing }: AnsweredColumns): string {
  return `((
  cardinality(${deletionIds}::text[]) > 0 AND EXISTS (
    SELECT FROM messages gone
    WHERE gone.account_id = ${accountId} AND gone.source_message_id = ANY (${deletionIds}::text[]))
  OR ${messageId}::uuid IS NOT NULL AND EXISTS (
    SELECT FROM messages answered JOIN messages gone ON gone.account_id = answered.account_id
      AND gone.source_message_id = split_part(answered.source_message_id, '${editMark}', 1) || '${deletionIdOf("")}'
    WHERE answered.id = ${messageId}::uuid AND answered.account_id = ${accountId})
) AND (${growing}::text IS NULL OR EXISTS (
  SELECT FROM ${postsSql} WHERE ${beginsWithSql(growing, accountId)} AND post.interim <> '')))`;
}

export function answeredValues(
  answers: AnsweredMessage | undefined,
): readonly [readonly string[], string | null, string | null] {
  const { externalIds = [], messageId = null, growingExternalId = null } = answers ?? {};
  return [externalIds.map((id) => sanitizeId(deletionIdOf(id))), messageId, growingExternalId];
}

const isGoneStatement = `SELECT ${isGoneSql({ accountId: "$1::uuid", deletionIds: "$2", messageId: "$3", growing: "$4" })} AS is_gone`;

/** Whether the message that a command answers was deleted on the platform, according to the ledger. */
export async function isAnsweredDeleted(
  db: Db,
  accountId: string,
  answers: AnsweredMessage | undefined,
): Promise<boolean> {
  if (answers === undefined) return false;
  const { rows } = await db.query<{ is_gone: boolean }>({
    name: "answered-is-deleted",
    text: isGoneStatement,
    values: [accountId, ...answeredValues(answers)],
  });
  return rows[0]?.is_gone ?? false;
}
