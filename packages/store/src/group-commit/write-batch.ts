import { isBadData } from "../connection/store-error.ts";

export interface BatchWriter<Row, Result> {
  /** Writes the rows in one statement and returns the result of each, in order. */
  readonly write: (rows: readonly Row[]) => Promise<readonly Result[]>;
  /** The error that the caller of a row gets. */
  readonly toError: (cause: unknown) => unknown;
}

/**
 * Writes a batch and returns one outcome per row. If Postgres rejects the data itself, the rows are written one at a
 * time, so that only the bad one fails.
 */
export async function writeBatch<Row, Result>(
  batch: readonly Row[],
  writer: BatchWriter<Row, Result>,
): Promise<readonly PromiseSettledResult<Result>[]> {
  try {
    return (await writer.write(batch)).map(written);
  } catch (error) {
    if (batch.length > 1 && isBadData(error)) return await writeOneByOne(batch, writer);
    return notWritten(batch, writer.toError(error));
  }
}

/** Stops if Postgres itself fails: each further row could wait for its own deadline. */
async function writeOneByOne<Row, Result>(
  batch: readonly Row[],
  { write, toError }: BatchWriter<Row, Result>,
): Promise<readonly PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = [];
  for (const [at, row] of batch.entries()) {
    try {
      outcomes.push(...(await write([row])).map(written));
    } catch (error) {
      if (!isBadData(error)) return [...outcomes, ...notWritten(batch.slice(at), toError(error))];
      outcomes.push(...notWritten([row], toError(error)));
    }
  }
  return outcomes;
}

function written<Result>(value: Result): PromiseFulfilledResult<Result> {
  return { status: "fulfilled", value };
}

function notWritten(rows: readonly unknown[], reason: unknown): readonly PromiseRejectedResult[] {
  return rows.map(() => ({ status: "rejected", reason }));
}
