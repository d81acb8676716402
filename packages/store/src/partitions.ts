import type { Db } from "./connection/store.ts";

/** Seven days is enough to notice that no partition is created, and to act. */
const aheadDays = 7;
/** Days of one partition. Each lookup probes every partition, so there should be few of them per retention. */
const widthDays = 30;

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
    values: [widthDays, aheadDays, keepMs ?? null],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("mio_rotate_messages returns one row");
  return toRotation(row);
}

/** One step of the rotation of commands. */
export interface DeliveryRotation extends Rotation {
  /** Commands of the oldest partition that were looked at, and moved if they outlive it. */
  readonly moved: number;
}

/**
 * Takes one step towards the right partitions of deliveries and delivery_posts; call it until it does nothing. Drops a
 * partition if all its commands were inserted more than `keepMs` and a day ago, by the clock of Postgres; without
 * `keepMs` it drops none. Commands stay that changed, or are due, later than `keepMs` ago. One process at a time works.
 */
export async function rotateDeliveries(db: Db, keepMs?: number): Promise<DeliveryRotation> {
  const { rows } = await db.query<RotationRow & { moved: number }>({
    name: "delivery-rotate",
    text: `SELECT created, moved, dropped, covered_until, is_spilled
      FROM mio_rotate_deliveries($1 * interval '1 day', $2 * interval '1 day', $3::float8 * interval '1 millisecond')`,
    values: [widthDays, aheadDays, keepMs ?? null],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("mio_rotate_deliveries returns one row");
  return { ...toRotation(row), moved: row.moved };
}

function toRotation(row: RotationRow): Rotation {
  const { created, dropped, covered_until: coveredUntil, is_spilled: isSpilled } = row;
  return { created, dropped, coveredUntil, isSpilled };
}
