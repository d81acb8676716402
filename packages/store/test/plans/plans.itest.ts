import { readdir, readFile } from "node:fs/promises";
import { testDatabase } from "@mio/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate, openStore, type Store } from "../../src/index.ts";
import { planCases } from "./cases.ts";
import { type Explained, explainingDb } from "./explain.ts";
import { type FilledIds, fillTables } from "./fill-tables.ts";

/**
 * In each large table. Plans that are right for a small table turn bad as it grows: one lookup did so between 200,000
 * and 400,000 rows.
 */
const rows = 2_000_000;
/** The largest batch is 2,000 rows; Postgres reads a few more. */
const maxRowsRead = 5_000;
const largeTables = /^(conversations|deliveries|delivery_posts|messages|outbox$|rate_buckets)/;
/** Allowed to read more. */
const unbounded: Readonly<Record<string, string>> = {
  takeOutboxTurn: "the outbox is nearly empty except in an outage, when its first rows are due",
  measureOutbox: "counts the whole outbox",
};

const opened = new AsyncDisposableStack();
let large: Store;
let ids: FilledIds;
beforeAll(async () => {
  const prepare = async (dsn: string): Promise<void> => void (await migrate({ dsn }));
  const { dsn } = opened.use(await testDatabase({ template: { name: "store", prepare } }));
  large = opened.use(
    await openStore({ dsn, maxConnections: 1, statementTimeoutMs: 300_000, applicationName: "test" }),
  );
  ids = await fillTables(large.pool, rows);
}, 600_000);
afterAll(() => opened.disposeAsync());

/** Plans of every statement of every function of the package, on the large tables. */
async function explainAll(): Promise<ReadonlyMap<string, readonly Explained[]>> {
  const all = new Map<string, readonly Explained[]>();
  const client = await large.pool.connect();
  try {
    for (const [name, run] of Object.entries(planCases(ids))) {
      const found: Explained[] = [];
      await client.query("BEGIN");
      await run(explainingDb(client, found));
      await client.query("ROLLBACK");
      all.set(name, found);
    }
  } finally {
    client.release(true);
  }
  return all;
}

test("no statement scans a large table or reads more rows than a batch", async () => {
  const all = await explainAll();
  for (const [name, statements] of all) expect([name, statements.length > 0]).toEqual([name, true]);
  const wrong = [...all].flatMap(([name, statements]) =>
    name in unbounded ? [] : findWrong(name, statements),
  );
  expect(wrong).toEqual([]);

  // Fails for a statement in the source that no case reached.
  const seen = new Set([...all.values()].flat().map(({ name }) => name));
  expect((await namesInSource()).filter((name) => !seen.has(name))).toEqual([]);
}, 300_000);

function findWrong(name: string, statements: readonly Explained[]): readonly string[] {
  return statements.flatMap(({ text, planFor, nodes }) =>
    nodes
      .filter(({ type, relation = "", rowsRead }) => {
        const scans = type === "Seq Scan" && largeTables.test(relation);
        return scans || rowsRead > maxRowsRead;
      })
      .map(({ type, relation, index, rowsRead }) => {
        const where = `${type} ${index ?? relation} reads ${rowsRead} rows`;
        return `${name}, for ${planFor}: ${where}: ${text}`;
      }),
  );
}

async function namesInSource(): Promise<readonly string[]> {
  const folder = new URL("../../src/", import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  const sources = await Promise.all(files.map((file) => readFile(new URL(file, folder), "utf8")));
  return sources.flatMap((source) =>
    [...source.matchAll(/\bname: "([a-z-]+)"/g)].map(([, name = ""]) => name),
  );
}
