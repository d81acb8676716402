import { deletionIdOf, newId } from "@mio/envelope";
import { ensureAccount, ensureTenant, migrate, openStore, recordRedrive, type Store } from "@mio/store";
import { testDatabase } from "@mio/testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { createRecords } from "../src/job/records.ts";
import { recordsContract } from "./records-contract.ts";
import { createMemoryRecords } from "./simulation/memory-records.ts";

const stack = new AsyncDisposableStack();
let store: Store;
beforeAll(async () => {
  const { dsn } = stack.use(await testDatabase());
  await migrate({ dsn });
  store = stack.use(await openStore({ dsn, maxConnections: 2, applicationName: "test" }));
});
afterAll(() => stack.disposeAsync());

/** As the gateway records a deletion. */
async function deleteMessage({ accountId, externalId }: { accountId: string; externalId: string }) {
  const { pool } = store;
  const tenantId = newId();
  await ensureTenant(pool, { id: tenantId, slug: tenantId });
  const account = { id: accountId, tenantId, channelType: "zoho_cliq", externalId: accountId };
  await ensureAccount(pool, { ...account, displayName: "" });
  const conversationId = newId();
  await pool.query(
    `INSERT INTO conversations (id, tenant_id, account_id, channel_type, kind, external_id)
     VALUES ($1, $2, $3, 'zoho_cliq', 'CONVERSATION_KIND_DM', $4)`,
    [conversationId, tenantId, accountId, conversationId],
  );
  await pool.query(
    `INSERT INTO messages (id, tenant_id, account_id, conversation_id, source_message_id, sender_external_id)
     VALUES ($1, $2, $3, $4, $5, 'u')`,
    [newId(), tenantId, accountId, conversationId, deletionIdOf(externalId)],
  );
}

describe("records in Postgres", () =>
  recordsContract({
    records: () => createRecords(store.pool),
    recordRedrive: (redrive) => recordRedrive(store.pool, { ...redrive, requestedBy: "test" }),
    deleteMessage,
  }));

describe("records of the simulation", () => {
  let now = 1_000_000;
  // As in Postgres, no two commands become known at once.
  const records = createMemoryRecords(() => now++);
  const { recordRedrive: redrive, deleteMessage: remove } = records;
  recordsContract({ records: () => records, recordRedrive: redrive, deleteMessage: remove });
});
