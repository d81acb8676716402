import { createLogger } from "@mio/service-kit";
import type { Store } from "@mio/store";
import { expect, it } from "vitest";
import { createUnsaved, type RenewedCredentials } from "./unsaved.ts";

const accountId = "account";
const stored = { rowCount: 1, rows: [] };

const renewed = (version: string): RenewedCredentials => ({
  staleVersion: "stale",
  credentials: { version, secrets: { access_token: version }, expiresAt: undefined },
  sealed: {
    authKind: "oauth2",
    ciphertext: new Uint8Array(),
    keyVersion: 1,
    expiresAt: undefined,
    version,
  },
});

/** Postgres answers when the test says so; nothing is tried but when it is asked for. */
function scripted() {
  const asked: PromiseWithResolvers<typeof stored>[] = [];
  const query = () => {
    const answer = Promise.withResolvers<typeof stored>();
    asked.push(answer);
    return answer.promise;
  };
  const store = { pool: { query } } as unknown as Pick<Store, "pool">;
  const clock = { now: () => new Date(0), sleep: () => new Promise<never>(() => {}) };
  const logger = createLogger({ service: "test", level: "silent" });
  return { asked, unsaved: createUnsaved({ store, clock, logger }) };
}

it("keeps what the platform gave while something earlier was on its way into Postgres", async () => {
  const { asked, unsaved } = scripted();
  unsaved.keep(accountId, renewed("first"));
  const settling = unsaved.settle(accountId);
  unsaved.keep(accountId, renewed("second"));
  asked[0]?.resolve(stored);
  expect(await settling).toMatchObject({ version: "second" });
  const next = unsaved.settle(accountId);
  asked[1]?.resolve(stored);
  expect(await next).toBeUndefined();
  expect(await unsaved.settle(accountId)).toBeUndefined();
  expect(asked).toHaveLength(2);
});

it("gives what Postgres does not take, for as long as it does not", async () => {
  const { asked, unsaved } = scripted();
  unsaved.keep(accountId, renewed("first"));
  const failing = unsaved.settle(accountId);
  asked[0]?.reject(new Error("away"));
  expect(await failing).toMatchObject({ version: "first" });
});
