import type { Db } from "../connection/store.ts";

/** A stored bucket; the caller interprets `state`. */
export interface KeptBucket {
  /** 0 for a missing bucket. */
  readonly version: number;
  readonly state: unknown;
  /** The database's time of the read or replacement, ms since 1970. */
  readonly now: number;
}

interface BucketRow {
  version: string | null;
  state: unknown;
  now: number;
}

/**
 * Time of last use, rounded up to the hour: only the purge reads it. The row of a busy bucket changes many times per
 * second, and while no indexed column changes, no index is written.
 */
const usedAt = "date_trunc('hour', now()) + interval '1 hour'";
const nowMs = "(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now";

/** Reads one bucket; version 0 if it is missing. */
export async function readRateBucket(db: Db, key: string): Promise<KeptBucket> {
  const { rows } = await db.query<BucketRow>({
    name: "rate-bucket-read",
    text: `SELECT version, state, ${nowMs} FROM (VALUES ($1)) AS wanted (key) LEFT JOIN rate_buckets USING (key)`,
    values: [key],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("the outer join returned no row");
  return toKept(row);
}

/**
 * Replaces a bucket that is still at `version` (compare and set). Returns the stored bucket, and whether it is ours.
 * Of several concurrent callers one succeeds.
 */
export async function replaceRateBucket(
  db: Db,
  key: string,
  { version, state }: Pick<KeptBucket, "version" | "state">,
): Promise<{ readonly replaced: boolean; readonly kept: KeptBucket }> {
  const { rows } = await db.query<BucketRow>({
    name: "rate-bucket-replace",
    text: `INSERT INTO rate_buckets AS b (key, version, state, updated_at) VALUES ($1, $2::bigint + 1, $3, ${usedAt})
      ON CONFLICT (key) DO UPDATE SET version = b.version + 1, state = excluded.state, updated_at = excluded.updated_at
      WHERE b.version = $2::bigint
      RETURNING version, state, ${nowMs}`,
    values: [key, version, JSON.stringify(state)],
  });
  const [row] = rows;
  if (row !== undefined) return { replaced: true, kept: toKept(row) };
  return { replaced: false, kept: await readRateBucket(db, key) };
}

function toKept({ version, state, now }: BucketRow): KeptBucket {
  return { version: Number(version ?? 0), state: state ?? undefined, now };
}
