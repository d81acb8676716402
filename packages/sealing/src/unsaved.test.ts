import type { Clock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import type { Store } from "@mio/store";
import { captureLogs, eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { createUnsaved, type RenewedCredentials } from "./unsaved.ts";

const accountId = "account";
interface Answer {
  readonly rowCount: number;
  readonly rows: readonly object[];
}

const stored: Answer = { rowCount: 1, rows: [] };

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

const pending = () => new Promise<never>(() => {});

/** Postgres answers when the test resolves a query. Background retries wait forever unless `sleep` resolves. */
function scripted(sleep: Clock["sleep"] = pending) {
  const asked: PromiseWithResolvers<Answer>[] = [];
  const query = () => {
    const answer = Promise.withResolvers<Answer>();
    asked.push(answer);
    return answer.promise;
  };
  const store = { pool: { query } } as unknown as Pick<Store, "pool">;
  const clock = { now: () => new Date(0), sleep };
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "info", destination: logs.destination });
  return { asked, logs, unsaved: createUnsaved({ store, clock, logger }) };
}

it("keeps newer credentials while earlier ones are being stored", async () => {
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

it("returns kept credentials while Postgres fails", async () => {
  const { asked, unsaved } = scripted();
  unsaved.keep(accountId, renewed("first"));
  const failing = unsaved.settle(accountId);
  asked[0]?.reject(new Error("away"));
  expect(await failing).toMatchObject({ version: "first" });
});

it.each([
  ["first", "credentials.stored_late"],
  ["by an operator", "credentials.superseded_late"],
])("recognises its own unconfirmed write: %s", async (version, msg) => {
  const { asked, logs, unsaved } = scripted();
  unsaved.keep(accountId, renewed("first"));
  const settling = unsaved.settle(accountId);
  // Nothing was replaced: the stored version is not the stale one any more.
  asked[0]?.resolve({ rowCount: 0, rows: [] });
  await eventually(() => expect(asked).toHaveLength(2));
  asked[1]?.resolve({ rowCount: 1, rows: [{ version }] });
  expect(await settling).toBeUndefined();
  expect(logs.lines.map((line) => line["msg"])).toEqual([msg]);
});

it("retries in the background while Postgres fails", async () => {
  const { asked, logs, unsaved } = scripted(() => Promise.resolve());
  unsaved.keep(accountId, renewed("first"));
  for (let tries = 1; tries <= 3; tries += 1) {
    await eventually(() => expect(asked).toHaveLength(tries));
    if (tries < 3) asked.at(-1)?.reject(new Error("away"));
  }
  asked.at(-1)?.resolve(stored);
  await eventually(() => expect(logs.lines.map((line) => line["msg"])).toEqual(["credentials.stored_late"]));
});

it("stops background retries once the process ends", async () => {
  const pauses: (AbortSignal | undefined)[] = [];
  const { asked, unsaved } = scripted((_ms, signal) => {
    pauses.push(signal);
    return pending();
  });
  unsaved.keep(accountId, renewed("first"));
  const disposed = unsaved[Symbol.asyncDispose]();
  expect(asked).toHaveLength(1);
  asked[0]?.resolve(stored);
  await disposed;
  expect(pauses.map((signal) => signal?.aborted)).toEqual([true]);
});
