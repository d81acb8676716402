import { newId } from "@mio/envelope";
import pg from "pg";
import { expect, test } from "vitest";
import type { Db } from "../connection/store.ts";
import type { LedgerRow } from "./ledger-statement.ts";
import { writeEvents } from "./write-events.ts";

const row: LedgerRow = {
  messageId: newId(),
  tenantId: newId(),
  accountId: newId(),
  channelType: "slack",
  conversationId: newId(),
  conversationExternalId: "C1",
  conversationKind: "CONVERSATION_KIND_UNSPECIFIED",
  conversationName: null,
  conversationAddress: null,
  sourceMessageId: "source",
  secondSourceId: "second",
  targetSourceId: null,
  senderExternalId: "U1",
  receivedAt: new Date(0),
  draft: new Uint8Array(),
  traceparent: null,
};

/** A database that fails `failures` times with this SQLSTATE, then records. */
function scripted(sqlState: string, failures: number) {
  let asked = 0;
  const query = async () => {
    asked += 1;
    const accepted = { ord: 0, status: "fresh", message_id: row.messageId, source_id: "source" };
    if (asked > failures) return { rows: [accepted] };
    throw Object.assign(new pg.DatabaseError("scripted", 0, "error"), { code: sqlState });
  };
  return { db: { query } as unknown as Db, asked: () => asked };
}

const deadlock = "40P01";

test("retries an event after a deadlock", async () => {
  const { db } = scripted(deadlock, 3);
  expect(await writeEvents(db, [row])).toMatchObject([{ status: "fulfilled", value: { status: "fresh" } }]);
});

test("fails after four deadlocks in a row, so that the platform retries", async () => {
  const { db, asked } = scripted(deadlock, 4);
  expect(await writeEvents(db, [row])).toMatchObject([
    { status: "rejected", reason: { code: "store.write_failed", retry: "soon" } },
  ]);
  expect(asked()).toBe(4);
});

test("leaves other failures to the platform's retry and never retries bad data", async () => {
  const full = scripted("53100", 1);
  expect(await writeEvents(full.db, [row])).toMatchObject([{ reason: { code: "store.write_failed" } }]);
  const bad = scripted("22021", 1);
  expect(await writeEvents(bad.db, [row])).toMatchObject([{ reason: { code: "store.refused" } }]);
  expect([full.asked(), bad.asked()]).toEqual([1, 1]);
});
