import { createLogger } from "@mio/service-kit";
import { expect, test } from "vitest";
import { createAccountCache } from "./account-cache.ts";

/** A cache whose lookups resolve when the test resolves them. */
function scripted() {
  const asked: (PromiseWithResolvers<string> & { readonly key: string })[] = [];
  let now = 0;
  const cache = createAccountCache({
    lookUp: (key) => {
      const answer = { key, ...Promise.withResolvers<string>() };
      asked.push(answer);
      return answer.promise;
    },
    dsn: "postgres:///nowhere",
    clock: { now: () => new Date(now) },
    logger: createLogger({ service: "test", level: "silent" }),
  });
  const lookup = (at: number) => asked[at] ?? expect.fail(`lookup ${at} was not asked`);
  const pass = (ms: number): void => {
    now += ms;
  };
  return { asked, lookup, get: (key = "a") => cache.get(key), pass };
}

test("one answered lookup serves every caller for 15 seconds", async () => {
  const { asked, lookup, get, pass } = scripted();
  const both = [get(), get()];
  lookup(0).resolve("first");
  expect(await Promise.all(both)).toEqual(["first", "first"]);
  pass(14_999);
  expect(await get()).toBe("first");
  expect(asked).toHaveLength(1);
  pass(1);
  void get();
  expect(asked).toHaveLength(2);
});

test("shares an unanswered lookup for one second, then starts another", async () => {
  const { asked, lookup, get, pass } = scripted();
  const hung = [get(), get()];
  expect(asked).toHaveLength(1);
  pass(1_000);
  const next = get();
  lookup(1).resolve("second");
  expect(await next).toBe("second");
  // The failure of the first lookup does not remove the result of the second.
  lookup(0).reject(new Error("no answer"));
  expect((await Promise.allSettled(hung)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await get()).toBe("second");
  expect(asked).toHaveLength(2);
});

test("does not cache a failed lookup", async () => {
  const { asked, lookup, get } = scripted();
  const failed = get();
  lookup(0).reject(new Error("no answer"));
  await expect(failed).rejects.toThrow("no answer");
  void get();
  expect(asked).toHaveLength(2);
});

test("caches one result per key and drops the oldest above the limit", async () => {
  const { asked, lookup, get } = scripted();
  const first = get("0");
  for (let key = 1; key < 10_000; key += 1) void get(String(key));
  for (const { key, resolve } of asked) resolve(`answer ${key}`);
  expect([await first, await get("9999")]).toEqual(["answer 0", "answer 9999"]);
  expect(asked).toHaveLength(10_000);
  const beyond = get("10000");
  lookup(10_000).resolve("beyond");
  expect([await beyond, await get("1"), asked.length]).toEqual(["beyond", "answer 1", 10_001]);
  void get("0");
  expect(asked).toHaveLength(10_002);
});
