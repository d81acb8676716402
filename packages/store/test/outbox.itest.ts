import { decodeMessage } from "@mio/envelope";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  claimFromOutbox,
  createLedger,
  endOutboxClaims,
  measureOutbox,
  removeFromOutbox,
  returnToOutbox,
} from "../src/index.ts";
import { type StoreFixture, storeFixture } from "./support.ts";

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await storeFixture();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const claim = { minAgeMs: 0, leaseMs: 60_000, maxLeaseMs: 60_000, limit: 10 };

test("gives back what was recorded, oldest first and complete, and leases it", async () => {
  const { pool } = fixture.store;
  const ledger = createLedger(pool);
  const entries = [];
  for (const text of ["one", "two", "three"]) entries.push(await ledger.accept(fixture.draft({ text })));
  const claimed = await claimFromOutbox(pool, claim);
  expect(claimed.map(({ envelope }) => decodeMessage(envelope).text)).toEqual(["one", "two", "three"]);
  expect(claimed.map(({ subject, dedupId }) => ({ subject, dedupId }))).toEqual(
    entries.map(({ subject, dedupId }) => ({ subject, dedupId })),
  );
  expect(claimed.map(({ envelope }) => Buffer.from(envelope).toString("hex"))).toEqual(
    entries.map(({ envelope }) => Buffer.from(envelope).toString("hex")),
  );
  expect(await claimFromOutbox(pool, claim)).toEqual([]);
  await returnToOutbox(pool, [claimed[1]?.messageId ?? ""], "bus.unavailable");
  expect(
    (await claimFromOutbox(pool, claim)).map(({ messageId, attempts }) => ({ messageId, attempts })),
  ).toEqual([{ messageId: entries[1]?.messageId, attempts: 2 }]);
});

test("a process that starts gets what its former life had claimed, still in order", async () => {
  const { pool } = fixture.store;
  const ledger = createLedger(pool);
  for (const text of ["claimed", "later"]) await ledger.accept(fixture.draft({ text }));
  await claimFromOutbox(pool, { ...claim, limit: 1 });
  await endOutboxClaims(pool);
  const claimed = await claimFromOutbox(pool, claim);
  expect(claimed.map(({ envelope }) => decodeMessage(envelope).text)).toEqual(["claimed", "later"]);
});

test("leaves young events alone and measures what waits", async () => {
  const { pool } = fixture.store;
  const entry = await createLedger(pool).accept(fixture.draft());
  expect(await claimFromOutbox(pool, { ...claim, minAgeMs: 60_000 })).toEqual([]);
  expect((await measureOutbox(pool)).pending).toBe(1);
  await removeFromOutbox(pool, [entry.messageId]);
  expect(await measureOutbox(pool)).toEqual({ pending: 0, oldestSeconds: 0 });
});

test("two relays never hold the same event", async () => {
  const { pool } = fixture.store;
  const ledger = createLedger(pool);
  await Promise.all(Array.from({ length: 40 }, () => ledger.accept(fixture.draft())));
  const claims = await Promise.all(Array.from({ length: 4 }, () => claimFromOutbox(pool, claim)));
  const ids = claims.flat().map(({ messageId }) => messageId);
  expect(ids.length).toBe(40);
  expect(new Set(ids).size).toBe(40);
});
