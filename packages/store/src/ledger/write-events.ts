import { MioError } from "@mio/failure";
import type { Db } from "../connection/store.ts";
import { isBadData, sqlStateOf } from "../connection/store-error.ts";
import { writeBatch } from "../group-commit/write-batch.ts";
import { acceptRows, type LedgerResult, type LedgerRow } from "./ledger-statement.ts";

/** A conversation or message that another transaction is inserting becomes visible within a few tries. */
const maxTries = 20;
/** Two gateways that record the same second ids may deadlock; Postgres then aborts one. */
const maxDeadlocks = 3;

/** Records a batch and returns one outcome per event. */
export function writeEvents(
  db: Db,
  batch: readonly LedgerRow[],
): Promise<readonly PromiseSettledResult<LedgerResult>[]> {
  return writeBatch(batch, { write: (rows) => writeAll(db, rows), toError: toEventError });
}

async function writeAll(db: Db, batch: readonly LedgerRow[]): Promise<readonly LedgerResult[]> {
  const results = new Map<LedgerRow, LedgerResult>();
  let open = batch;
  for (let tries = 0; open.length > 0 && tries < maxTries; tries += 1) {
    const accepted = await acceptDespiteDeadlocks(db, open);
    for (const [at, result] of accepted) {
      const row = open[at];
      if (row !== undefined) results.set(row, result);
    }
    open = open.filter((row) => !results.has(row));
  }
  return batch.map((row) => {
    const result = results.get(row);
    if (result === undefined) throw new Error("the event stayed invisible to its own transaction");
    return result;
  });
}

async function acceptDespiteDeadlocks(
  db: Db,
  rows: readonly LedgerRow[],
  deadlocks = 0,
): Promise<ReadonlyMap<number, LedgerResult>> {
  try {
    return await acceptRows(db, rows);
  } catch (error) {
    if (deadlocks >= maxDeadlocks || !isDeadlock(error)) throw error;
    return acceptDespiteDeadlocks(db, rows, deadlocks + 1);
  }
}

/** SQLSTATE 40P01: nothing was written. */
function isDeadlock(error: unknown): boolean {
  return sqlStateOf(error) === "40P01";
}

function toEventError(cause: unknown): MioError {
  if (isBadData(cause)) {
    return new MioError("store.refused", "Postgres refuses this event; its account or tenant may be gone.", {
      cause,
    });
  }
  return new MioError("store.write_failed", "Postgres did not record the event.", { retry: "soon", cause });
}
