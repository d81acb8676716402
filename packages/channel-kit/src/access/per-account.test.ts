import { expect, it } from "vitest";
import { accountUnderTest } from "../contract/index.ts";
import { perAccount } from "./per-account.ts";

const account = (accountId: string) => ({ ...accountUnderTest(), accountId });

it("makes one thing for each account", () => {
  const made: string[] = [];
  const of = perAccount(({ accountId }) => {
    made.push(accountId);
    return { accountId };
  });
  const first = of(account("a"));
  expect(of(account("a"))).toBe(first);
  expect(of(account("b"))).not.toBe(first);
  expect(made).toEqual(["a", "b"]);
});

it("drops the least recently used", () => {
  const made: string[] = [];
  const of = perAccount(({ accountId }) => ({ at: made.push(accountId) }), 2);
  for (const id of ["a", "b", "a", "c", "a", "b"]) of(account(id));
  expect(made).toEqual(["a", "b", "c", "b"]);
});
