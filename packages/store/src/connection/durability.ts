import type { Logger } from "@mio/service-kit";
import type { Db } from "./store.ts";

/** If one of these is off, a crash can lose a confirmed commit, or the whole database. */
const safetySettings = ["fsync", "full_page_writes", "synchronous_commit"];

/** Returns the safety settings that are off on the server. */
export async function findUnsafeSettings(db: Db): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>({
    name: "unsafe-settings",
    text: "SELECT name FROM pg_settings WHERE name = ANY($1) AND setting = 'off' ORDER BY name",
    values: [safetySettings],
  });
  return rows.map(({ name }) => name);
}

/** Logs one warning if Postgres may lose confirmed commits: every 200 and every receipt relies on them. */
export async function warnUnlessDurable(db: Db, logger: Logger): Promise<void> {
  const settings = await findUnsafeSettings(db);
  if (settings.length > 0) logger.warn({ settings }, "store.not_durable");
}
