import type { Db } from "./connection/store.ts";

/** Seven days is enough to notice that no partition is created, and to act. */
const aheadDays = 7;
/** Days of one partition. Each lookup probes every partition, so there should be few of them per retention. */
const widthDays = { messages: 30 } as const;

export interface Rotation {
  readonly created: number;
  readonly dropped: number;
  /** Where the last partition ends. Later rows go to the default partition. */
  readonly coveredUntil: Date;
  /** Whether the default partition has rows. */
  readonly isSpilled: boolean;
}

interface RotationRow {
  created: number;
  dropped: number;
  covered_until: Date;
  is_spilled: boolean;
}

/**
 * Creates the next partition of messages in time, and drops the partitions whose messages were all recorded more than
 * `keepMs` ago, by the clock of Postgres; without `keepMs` it drops none. Messages in the outbox stay. One process at
 * a time works; the others return what they see.
 */
export async function rotateMessages(db: Db, keepMs?: number): Promise<Rotation> {
  const { rows } = await db.query<RotationRow>({
    name: "message-rotate",
    text: `SELECT created, dropped, covered_until, is_spilled
      FROM mio_rotate_messages($1 * interval '1 day', $2 * interval '1 day', $3::float8 * interval '1 millisecond')`,
    values: [widthDays.messages, aheadDays, keepMs ?? null],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("mio_rotate_messages returns one row");
  return {
    created: row.created,
    dropped: row.dropped,
    coveredUntil: row.covered_until,
    isSpilled: row.is_spilled,
  };
}
