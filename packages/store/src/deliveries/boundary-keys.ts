/** Longer than any statement may take, so that two statements that race across a boundary both see that it is near. */
const margin = "interval '5 minutes'";

/**
 * SQL for a WITH clause of a statement that inserts commands. Unique indexes are per partition: two statements that race
 * for a command meet there, and near the end of a partition in `delivery_boundary_keys`.
 *
 * @param commandsSql selects account and command id of each command that is not on record
 */
export function reserveSql(commandsSql: string): string {
  return `boundary AS MATERIALIZED (
  SELECT FROM partitions WHERE parent = 'deliveries' AND ends_at - now() BETWEEN -${margin} AND ${margin}
), reserved AS (
  INSERT INTO delivery_boundary_keys (account_id, command_id)
  SELECT account_id, command_id FROM (${commandsSql}) AS command WHERE EXISTS (SELECT FROM boundary)
  ORDER BY account_id, command_id
  ON CONFLICT DO NOTHING
  RETURNING account_id, command_id
)`;
}

/** SQL condition, after {@link reserveSql}: this statement may insert the command. */
export function isReservedSql(accountId: string, commandId: string): string {
  return `(NOT EXISTS (SELECT FROM boundary) OR EXISTS (
    SELECT FROM reserved r WHERE r.account_id = ${accountId} AND r.command_id = ${commandId}))`;
}
