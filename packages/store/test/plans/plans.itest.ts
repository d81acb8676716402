import { readdir, readFile, writeFile } from "node:fs/promises";
import { testDatabase } from "@mio/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLedger, migrate, openStore, type Store } from "../../src/index.ts";
import { storeFixture } from "../support.ts";
import { planCases } from "./cases.ts";
import { describeCosts } from "./describe-costs.ts";
import { type Explained, explainingDb } from "./explain.ts";
import { type FilledIds, fillTables } from "./fill-tables.ts";

/**
 * In each large table. Plans that are right for a small table turn bad as it grows: one lookup did so between 200,000
 * and 400,000 rows.
 */
const rows = Number(process.env["MIO_PLAN_ROWS"] ?? 2_000_000);
/** A file for the cost of every statement, in Markdown. */
const report = process.env["MIO_PLAN_REPORT"];
/** The largest batch is 2,000 rows; Postgres reads a few more. */
const maxRowsRead = 5_000;
const largeTables = /^(conversations|deliveries|delivery_posts|messages|outbox$|rate_buckets)/;
/** Allowed to read more. */
const unbounded: Readonly<Record<string, string>> = {
  measureOutbox: "counts the whole outbox",
};

const opened = new AsyncDisposableStack();
let large: Store;
let ids: FilledIds;
beforeAll(
  async () => {
    const prepare = async (dsn: string): Promise<void> => void (await migrate({ dsn }));
    const { dsn } = opened.use(await testDatabase({ template: { name: "store", prepare } }));
    large = opened.use(
      await openStore({ dsn, maxConnections: 1, statementTimeoutMs: 300_000, applicationName: "test" }),
    );
    ids = await fillTables(large.pool, rows);
  },
  600_000 + rows / 5,
);
afterAll(() => opened.disposeAsync());

/** Plans of every statement of every function of the package. */
async function explainAll(store: Store, ids: FilledIds): Promise<ReadonlyMap<string, readonly Explained[]>> {
  const all = new Map<string, readonly Explained[]>();
  const client = await store.pool.connect();
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
  const all = await explainAll(large, ids);
  if (report !== undefined)
    await writeFile(report, await describeCosts(large.pool, [...all.values()].flat()));
  for (const [name, statements] of all) expect([name, statements.length > 0]).toEqual([name, true]);
  const wrong = [...all].flatMap(([name, statements]) =>
    name in unbounded ? [] : findWrong(name, statements),
  );
  expect(wrong).toEqual([]);

  // Fails for a statement in the source that no case reached.
  const seen = new Set([...all.values()].flat().map(({ name }) => name));
  expect((await namesInSource()).filter((name) => !seen.has(name))).toEqual([]);
}, 300_000);

test("a plan made on empty tables is right for large ones: it looks events up by their whole keys", async () => {
  await using fixture = await storeFixture();
  const { store, tenantId, accountId } = fixture;
  const { messageId, conversationId } = await createLedger(store.pool).accept(fixture.draft());
  const known = { tenantId, accountId, messageId, busyConversationId: conversationId };
  const filled = { ...known, commandId: "c", externalId: "e", sourceMessageId: "s" };
  const all = await explainAll(store, filled);
  const events = ["createLedger", "findSourceMessageId", "readOutbox", "removeFromOutbox"];
  const used = events.flatMap((name) => (all.get(name) ?? []).flatMap(({ nodes }) => nodes));
  expect(used.filter(({ type }) => type === "Seq Scan")).toEqual([]);
  const indexes = new Set(used.flatMap(({ index }) => index ?? []));
  expect([...indexes].filter((name) => !isOfWholeKey.test(name))).toEqual([]);
  expect(indexes).toContain("conversations_account_id_external_id_key");
  const nodes = [...all.values()].flat().flatMap((statement) => statement.nodes);
  const scans = nodes.filter(({ type, relation = "" }) => type === "Seq Scan" && largeTables.test(relation));
  expect(scans).toEqual([]);
});
const isOfWholeKey =
  /_pkey$|_account_id_(source_message|external)_id_key$|_second_source_(id_)?idx$|^outbox_conversation_idx$/;

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
