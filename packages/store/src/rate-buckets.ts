import type { Db } from "./store.ts";

/** What is kept of one bucket, for whoever knows what it means. */
export interface KeptBucket {
  /** 0 for one that is not there. */
  readonly version: number;
  readonly state: unknown;
}

interface BucketRow {
  version: string;
  state: unknown;
}

/** Reads one bucket; version 0 when there is none. */
export async function readRateBucket(db: Db, key: string): Promise<KeptBucket> {
  const { rows } = await db.query<BucketRow>({
    name: "rate-bucket-read",
    text: "SELECT version, state FROM rate_buckets WHERE key = $1",
    values: [key],
  });
  const [row] = rows;
  return row === undefined ? { version: 0, state: undefined } : toKept(row);
}

/**
 * Replaces a bucket that is still at `version`; returns what is kept now, and whether that is ours. Several processes
 * may try: one succeeds.
 */
export async function replaceRateBucket(
  db: Db,
  key: string,
  { version, state }: KeptBucket,
): Promise<{ readonly replaced: boolean; readonly kept: KeptBucket }> {
  const { rows } = await db.query<BucketRow>({
    name: "rate-bucket-replace",
    text: `INSERT INTO rate_buckets AS b (key, version, state) VALUES ($1, $2::bigint + 1, $3)
      ON CONFLICT (key) DO UPDATE SET version = b.version + 1, state = excluded.state, updated_at = now()
      WHERE b.version = $2::bigint
      RETURNING version, state`,
    values: [key, version, JSON.stringify(state)],
  });
  const [row] = rows;
  if (row !== undefined) return { replaced: true, kept: toKept(row) };
  return { replaced: false, kept: await readRateBucket(db, key) };
}

/** Forgets buckets that nobody used since `before`; returns how many. */
export async function purgeRateBuckets(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.query("DELETE FROM rate_buckets WHERE updated_at < $1", [before]);
  return rowCount ?? 0;
}

function toKept({ version, state }: BucketRow): KeptBucket {
  return { version: Number(version), state };
}
