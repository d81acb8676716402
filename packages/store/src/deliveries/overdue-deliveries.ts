import type { Db } from "../connection/store.ts";

/** A scheduled command whose time has passed. */
export interface OverdueDelivery {
  readonly tenantId: string;
  readonly accountId: string;
  readonly channelType: string;
  readonly conversationId: string;
  readonly commandId: string;
  readonly dueAt: Date;
}

export interface OverdueQuery {
  /** How long it has been overdue, by the database's clock. */
  readonly sinceMs: number;
  /** Return only commands after this one, by due time and id. */
  readonly after: Pick<OverdueDelivery, "dueAt" | "commandId"> | undefined;
  readonly limit: number;
}

interface Row {
  tenant_id: string;
  account_id: string;
  channel_type: string;
  conversation_id: string;
  command_id: string;
  due_at: Date;
}

/** Longest overdue first. */
export async function findOverdueDeliveries(
  db: Db,
  { sinceMs, after, limit }: OverdueQuery,
): Promise<readonly OverdueDelivery[]> {
  const { rows } = await db.query<Row>({
    name: "deliveries-overdue",
    text: `SELECT tenant_id, account_id, channel_type, conversation_id, command_id, due_at FROM deliveries
      WHERE state = 'scheduled' AND due_at < now() - $1 * interval '1 millisecond'
        AND (due_at, command_id) > ($2, $3)
      ORDER BY due_at, command_id LIMIT $4`,
    values: [sinceMs, after?.dueAt ?? "-infinity", after?.commandId ?? "", limit],
  });
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    accountId: row.account_id,
    channelType: row.channel_type,
    conversationId: row.conversation_id,
    commandId: row.command_id,
    dueAt: row.due_at,
  }));
}

/** Ends a scheduled command whose message was lost, unless it has begun or got another time meanwhile. */
export async function endLostDelivery(
  db: Db,
  { accountId, commandId, dueAt }: Pick<OverdueDelivery, "accountId" | "commandId" | "dueAt">,
  { code, reason }: { readonly code: string; readonly reason: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE deliveries SET state = 'dead', code = $4, reason = $5, updated_at = now(), due_at = NULL
     WHERE account_id = $1 AND command_id = $2 AND state = 'scheduled'
       AND date_trunc('milliseconds', due_at) = date_trunc('milliseconds', $3::timestamptz)`,
    [accountId, commandId, dueAt, code, reason],
  );
  return rowCount === 1;
}
