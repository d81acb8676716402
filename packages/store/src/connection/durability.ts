import type { Logger } from "@mio/service-kit";
import type { Db } from "./store.ts";

/** With one of these off, a commit that was confirmed, or the whole database, may be gone after a crash. */
const safetySettings = ["fsync", "full_page_writes", "synchronous_commit"];

/** Settings of the server that are off although commits rest on them. */
export async function findUnsafeSettings(db: Db): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>({
    name: "unsafe-settings",
    text: "SELECT name FROM pg_settings WHERE name = ANY($1) AND setting = 'off' ORDER BY name",
    values: [safetySettings],
  });
  return rows.map(({ name }) => name);
}

/** Logs one warning when Postgres may forget what it has confirmed: a 200 and a receipt rest on its commits. */
export async function warnUnlessDurable(db: Db, logger: Logger): Promise<void> {
  const settings = await findUnsafeSettings(db);
  if (settings.length > 0) logger.warn({ settings }, "store.not_durable");
}
