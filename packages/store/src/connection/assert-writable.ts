import { MioError } from "@mio/failure";
import type { Db } from "./store.ts";
import { toStoreError } from "./store-error.ts";

/**
 * Resolves if Postgres answers and accepts writes. A replica or a read-only primary does not.
 *
 * @throws MioError `store.unavailable`
 */
export async function assertWritable(db: Db): Promise<void> {
  const { rows } = await db
    .query<{ read_only: string }>("SELECT current_setting('transaction_read_only') AS read_only")
    .catch((cause: unknown) => {
      throw toStoreError(cause);
    });
  if (rows[0]?.read_only === "off") return;
  throw new MioError("store.unavailable", "Postgres accepts no writes: it is a replica, or read-only.", {
    retry: "soon",
  });
}
