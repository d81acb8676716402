import { createLogger } from "@mio/service-kit";
import { captureLogs, privatePostgres, testDatabase } from "@mio/testkit";
import { expect, test } from "vitest";
import { findUnsafeSettings, openStore, warnUnlessDurable } from "../src/index.ts";

const open = (dsn: string) => openStore({ dsn, maxConnections: 1, applicationName: "test" });

test("warns about a server that may lose confirmed commits", async () => {
  // The test server trades safety for speed.
  await using database = await testDatabase();
  await using store = await open(database.dsn);
  const logs = captureLogs();
  await warnUnlessDurable(
    store.pool,
    createLogger({ service: "test", level: "info", destination: logs.destination }),
  );
  expect(logs.matching({ msg: "store.not_durable" })).toMatchObject([
    { settings: ["fsync", "full_page_writes", "synchronous_commit"] },
  ]);
});

test("accepts a server's defaults and detects a role that overrides them", async () => {
  await using server = await privatePostgres();
  await using safe = await open(server.dsn);
  expect(await findUnsafeSettings(safe.pool)).toEqual([]);
  const logs = captureLogs();
  await warnUnlessDurable(
    safe.pool,
    createLogger({ service: "test", level: "info", destination: logs.destination }),
  );
  expect(logs.lines).toEqual([]);
  await safe.pool.query("ALTER ROLE CURRENT_USER SET synchronous_commit = off");
  await using hasty = await open(server.dsn);
  expect(await findUnsafeSettings(hasty.pool)).toEqual(["synchronous_commit"]);
});
