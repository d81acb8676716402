import type { Clock } from "@mio/service-kit";
import type { Db } from "./connection/store.ts";

/**
 * Rows removed by one statement: some tens of milliseconds, far below the statement timeout. It is part of the text,
 * since a plan for any limit scans the table.
 */
const batchRows = 2_000;

/** Any number, the same in every process: one at a time removes old rows of a table. */
const locks = { deliveries: 7_306_022, messages: 7_306_023, rateBuckets: 7_306_024 } as const;

export interface DeliveryRetention {
  /** A command that ended, and whose time is over, is forgotten when it changed last before this. */
  readonly endedBefore: Date;
  /**
   * A command that has not ended is forgotten when it changed last, and was due, before this. It must be older than
   * the streams keep commands: then no process has it any more, and no stream delivers it again.
   */
  readonly orphanedBefore: Date;
}

// The lock goes with the statement. A process that does not get it finds nothing to remove.
const purgeDeliveriesSql = `
WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${locks.deliveries}) AS mine), old AS (
  SELECT account_id, command_id FROM deliveries
  WHERE (SELECT mine FROM turn) AND greatest(updated_at, due_at) < $1
    AND (state IN ('sent', 'unknown', 'dead', 'suppressed') OR greatest(updated_at, due_at) < $2)
  ORDER BY greatest(updated_at, due_at) LIMIT ${batchRows}
  FOR UPDATE SKIP LOCKED
)
DELETE FROM deliveries d USING old WHERE d.account_id = old.account_id AND d.command_id = old.command_id`;

/**
 * Forgets the oldest commands that are beyond their retention, one batch; returns how many. Call it again while it
 * returns any.
 */
export async function purgeDeliveries(db: Db, retention: DeliveryRetention): Promise<number> {
  const { endedBefore, orphanedBefore } = retention;
  const { rowCount } = await db.query({
    name: "delivery-purge",
    text: purgeDeliveriesSql,
    values: [endedBefore, orphanedBefore],
  });
  return rowCount ?? 0;
}

// An event that waits in the outbox is published with what this table knows of it.
const purgeMessagesSql = `
WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${locks.messages}) AS mine), old AS (
  SELECT id FROM messages m
  WHERE (SELECT mine FROM turn) AND received_at < $1
    AND NOT EXISTS (SELECT FROM outbox o WHERE o.message_id = m.id)
  ORDER BY received_at LIMIT ${batchRows}
  FOR UPDATE SKIP LOCKED
)
DELETE FROM messages m USING old WHERE m.id = old.id`;

/** Forgets the oldest messages that were received before `before`, one batch; returns how many. */
export async function purgeMessages(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query({
    name: "message-purge",
    text: purgeMessagesSql,
    values: [before],
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

/** Forgets the rate buckets that no pool has used since `before`, the oldest first, one batch; returns how many. */
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
  /** Called with the number of rows removed so far, now and then and in the end, when there are any. */
  readonly onRemoved: (count: number) => void;
}

/** Between two batches, so that other statements and the vacuum keep up. */
const pauseMs = 50;
const batchesPerReport = 500;

/** Removes batch after batch until nothing is left that is old enough. */
export async function removeOld({ purge, clock, signal, onRemoved }: Removal): Promise<void> {
  let count = 0;
  for (let batches = 1; !signal.aborted; batches += 1) {
    const removed = await purge();
    if (removed === 0) break;
    count += removed;
    if (batches % batchesPerReport === 0) onRemoved(count);
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
  if (count > 0) onRemoved(count);
}
