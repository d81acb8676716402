import { migrate, openStore, recordRedrive, type Store } from "@mio/store";
import { testDatabase } from "@mio/testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { createRecords } from "../src/delivery/records.ts";
import { createMemoryRecords } from "../src/simulation/memory-records.ts";
import { recordsContract } from "./records-contract.ts";

const stack = new AsyncDisposableStack();
let store: Store;
beforeAll(async () => {
  const { dsn } = stack.use(await testDatabase());
  await migrate({ dsn });
  store = stack.use(await openStore({ dsn, maxConnections: 2, applicationName: "test" }));
});
afterAll(() => stack.disposeAsync());

describe("records in Postgres", () =>
  recordsContract(
    () => createRecords(store.pool),
    (redrive) => recordRedrive(store.pool, { ...redrive, requestedBy: "test" }),
  ));

describe("records of the simulation", () => {
  let now = 1_000_000;
  // As in Postgres, no two commands become known at once.
  const records = createMemoryRecords(() => now++);
  recordsContract(() => records, records.recordRedrive);
});
