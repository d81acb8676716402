import type { Db } from "../connection/store.ts";
import { isAnsweredDeleted } from "./answered-message.ts";
import type { ClaimedAttempt, ClaimedDelivery, DeliveryClaim } from "./delivery.ts";

interface DeliveryRow {
  state: "scheduled" | "sending" | "waiting" | "sent" | "unknown" | "dead" | "suppressed";
  attempt: number;
  owner: string;
  external_ids: string[];
  code: string;
  reason: string;
  started_at: Date;
  operation: string;
  silent_ms: number;
}

/** Why a command was not claimed. Undefined if the row is gone by now: claim it again. */
export async function readUnclaimed(
  db: Db,
  { accountId, commandId, answers }: DeliveryClaim,
): Promise<Exclude<ClaimedDelivery, ClaimedAttempt> | undefined> {
  const { rows } = await db.query<DeliveryRow>({
    name: "delivery-unclaimed",
    text: `SELECT state, attempt, owner, external_ids, code, reason, started_at, operation,
        (extract(epoch FROM now() - beat_at) * 1000)::float8 AS silent_ms
      FROM deliveries WHERE account_id = $1 AND command_id = $2`,
    values: [accountId, commandId],
  });
  const [row] = rows;
  if (isClaimable(row) && (await isAnsweredDeleted(db, accountId, answers))) {
    return { kind: "target_deleted" };
  }
  return row && toUnclaimed(row);
}

/** Whether the row itself allows a claim. */
function isClaimable(row: DeliveryRow | undefined): boolean {
  return row === undefined || row.state === "waiting" || row.state === "scheduled";
}

function toUnclaimed(row: DeliveryRow): Exclude<ClaimedDelivery, ClaimedAttempt> {
  const { attempt, external_ids: externalIds } = row;
  switch (row.state) {
    case "scheduled":
    case "sending":
    case "waiting":
      return {
        kind: "interrupted",
        attempt,
        startedAt: row.started_at,
        silentMs: row.silent_ms,
        owner: row.owner,
        operation: row.operation,
        externalIds,
      };
    case "sent":
      return { kind: "sent", attempt, externalIds };
    case "unknown":
    case "dead":
    case "suppressed":
      return { kind: "ended", state: row.state, attempt, externalIds, code: row.code, reason: row.reason };
  }
}
