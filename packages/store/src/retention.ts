import { type Clock, pause } from "@mio/pacing";
import type { Db } from "./connection/store.ts";

/**
 * Rows per DELETE: some tens of milliseconds, far below the statement timeout. Part of the SQL text, because a plan
 * for an arbitrary limit scans the table.
 */
const batchRows = 2_000;

/** An advisory lock, so that one process at a time purges: an arbitrary number, the same in every process. */
const purgeLock = 7_306_024;

const purgeRateBucketsSql = `
WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${purgeLock}) AS mine), old AS (
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
