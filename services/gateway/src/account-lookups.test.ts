import { createLogger } from "@mio/service-kit";
import type { Db } from "@mio/store";
import { expect, test } from "vitest";
import { createAccountDirectory } from "./account-directory.ts";

const row = { id: "a1", disabled: false, pending: false };

/** A directory whose lookups are answered when the test says so. */
function scripted() {
  const asked: PromiseWithResolvers<{ rows: unknown[] }>[] = [];
  const ask = (): Promise<{ rows: unknown[] }> => {
    const answer = Promise.withResolvers<{ rows: unknown[] }>();
    asked.push(answer);
    return answer.promise;
  };
  const db = { query: ask } as unknown as Db;
  let now = 0;
  const directory = createAccountDirectory({
    db,
    dsn: "postgres:///nowhere",
    clock: { now: () => new Date(now), sleep: () => Promise.resolve() },
    logger: createLogger({ service: "test", level: "silent" }),
    fallbackAccountId: undefined,
  });
  const list = async () => (await directory.list("slack")).map(({ id }) => id);
  const lookup = (at: number) => asked[at] ?? expect.fail(`lookup ${at} was not asked`);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { asked, lookup, list, pass };
}

test("a lookup that is answered serves everybody for a quarter of a minute", async () => {
  const { asked, lookup, list, pass } = scripted();
  const both = [list(), list()];
  lookup(0).resolve({ rows: [row] });
  expect(await Promise.all(both)).toEqual([["a1"], ["a1"]]);
  pass(14_999);
  expect(await list()).toEqual(["a1"]);
  expect(asked).toHaveLength(1);
  pass(1);
  void list();
  expect(asked).toHaveLength(2);
});

test("a lookup that is not answered is shared for a second only, and then another is asked", async () => {
  const { asked, lookup, list, pass } = scripted();
  const hung = [list(), list()];
  expect(asked).toHaveLength(1);
  pass(1_000);
  const next = list();
  lookup(1).resolve({ rows: [row] });
  expect(await next).toEqual(["a1"]);
  // The failure of the first does not touch what the second brought.
  lookup(0).reject(new Error("no answer"));
  expect((await Promise.allSettled(hung)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await list()).toEqual(["a1"]);
  expect(asked).toHaveLength(2);
});

test("a lookup that failed is not remembered", async () => {
  const { asked, lookup, list } = scripted();
  const failed = list();
  lookup(0).reject(new Error("no answer"));
  await expect(failed).rejects.toThrow("no answer");
  void list();
  expect(asked).toHaveLength(2);
});
