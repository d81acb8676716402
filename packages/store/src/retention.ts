import { type Clock, pause } from "@mio/pacing";
import type { Db } from "./connection/store.ts";

/**
 * Rows per DELETE: some tens of milliseconds, far below the statement timeout. Part of the SQL text, because a plan
 * for an arbitrary limit scans the table.
 */
const batchRows = 2_000;

/** Advisory locks, so that one process at a time purges a table: arbitrary numbers, the same in every process. */
const locks = { deliveries: 7_306_022, rateBuckets: 7_306_024 } as const;

export interface DeliveryRetention {
  /** Ended commands that are past due and have not changed since then are removed. */
  readonly endedBefore: Date;
  /**
   * Other commands are removed if they were last changed, and due, before this. It must be older than the streams'
   * retention, so that no process has the command and no stream redelivers it.
   */
  readonly orphanedBefore: Date;
}

// The lock is released with the statement. A process without the lock finds nothing to remove.
const purgeDeliveriesSql = `
WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${locks.deliveries}) AS mine), old AS (
  SELECT account_id, command_id, external_ids FROM deliveries
  WHERE (SELECT mine FROM turn) AND created_at < $1 AND greatest(updated_at, due_at) < $1
    AND (state IN ('sent', 'unknown', 'dead', 'suppressed') OR greatest(updated_at, due_at) < $2)
  ORDER BY created_at LIMIT ${batchRows}
  FOR UPDATE SKIP LOCKED
), posts AS (
  DELETE FROM delivery_posts p USING old CROSS JOIN unnest(old.external_ids) AS made (external_id)
  WHERE p.external_id = made.external_id AND p.account_id = old.account_id AND p.command_id = old.command_id
)
DELETE FROM deliveries d USING old WHERE d.account_id = old.account_id AND d.command_id = old.command_id`;

/** Removes one batch of the oldest commands beyond their retention; returns how many. Call it until it returns 0. */
export async function purgeDeliveries(db: Db, retention: DeliveryRetention): Promise<number> {
  const { endedBefore, orphanedBefore } = retention;
  const { rowCount } = await db.query({
    name: "delivery-purge",
    text: purgeDeliveriesSql,
    values: [endedBefore, orphanedBefore],
  });
  return rowCount ?? 0;
}

const purgeRateBucketsSql = `
WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${locks.rateBuckets}) AS mine), old AS (
  SELECT key FROM rate_buckets
  WHERE (SELECT mine FROM turn) AND updated_at < $1
  ORDER BY updated_at LIMIT ${batchRows}
  FOR UPDATE SKIP LOCKED
)
DELETE FROM rate_buckets b USING old WHERE b.key = old.key`;

/** Removes one batch of rate buckets that no pool has used since `before`, oldest first; returns how many. */
export async function purgeRateBuckets(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query({
    name: "rate-bucket-purge",
    text: purgeRateBucketsSql,
    values: [before],
  });
  return rowCount ?? 0;
}

export interface Removal {
  /** Removes one batch; returns how many rows. */
  readonly purge: () => Promise<number>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the number of rows removed so far, periodically and at the end, if there are any. */
  readonly onRemoved: (count: number) => void;
}

/** Pause between batches, so that other statements and vacuum keep up. */
const pauseMs = 50;
const batchesPerReport = 500;

/** Removes batches until no row is old enough. */
export async function removeOld({ purge, clock, signal, onRemoved }: Removal): Promise<void> {
  let count = 0;
  for (let batches = 1; !signal.aborted; batches += 1) {
    const removed = await purge();
    if (removed === 0) break;
    count += removed;
    if (batches % batchesPerReport === 0) onRemoved(count);
    await pause(pauseMs, { clock, signal });
  }
  if (count > 0) onRemoved(count);
}
