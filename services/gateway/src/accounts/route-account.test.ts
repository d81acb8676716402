import type { Account } from "@mio/store";
import { expect, test } from "vitest";
import { routeAccount, routeNamed, routeOwn } from "./route-account.ts";

const account = (id: string, externalId: string): Account => ({
  id,
  tenantId: "t",
  channelType: "zoho_cliq",
  externalId,
  displayName: id,
  attributes: {},
  disabled: false,
  pending: false,
  rateLimitPerSecond: undefined,
  rateLimitScope: undefined,
});
const one = [account("a", "org-1")];
const nameless = [account("a", "")];
const two = [account("a", "org-1"), account("b", "org-2")];
const twins = [account("a", "org-1"), account("b", "org-1")];

test.each([
  { what: "a single account gets an event without a workspace", candidates: one, key: "", expected: "a" },
  { what: "a single account gets its own workspace", candidates: one, key: "org-1", expected: "a" },
  {
    what: "a single account without a workspace gets any",
    candidates: nameless,
    key: "org-9",
    expected: "a",
  },
  {
    what: "a single account does not get another workspace",
    candidates: one,
    key: "org-9",
    expected: "other_workspace",
  },
  { what: "of two accounts, the one with the workspace", candidates: two, key: "org-2", expected: "b" },
  { what: "neither of two accounts without a workspace", candidates: two, key: "", expected: "ambiguous" },
  {
    what: "neither of two accounts for a third workspace",
    candidates: two,
    key: "org-9",
    expected: "other_workspace",
  },
  { what: "no guess between equal workspaces", candidates: twins, key: "org-1", expected: "ambiguous" },
  { what: "unroutable without accounts", candidates: [], key: "org-1", expected: "no_account" },
])("$what", ({ candidates, key, expected }) => {
  const routing = routeAccount(candidates, key);
  expect(routing.kind === "routed" ? routing.account.id : routing.reason).toBe(expected);
});

test.each([
  { what: "gets its own workspace", candidates: two, key: "org-1", expected: "a" },
  { what: "gets an event without a workspace", candidates: two, key: "", expected: "a" },
  { what: "gets any workspace if it has none", candidates: nameless, key: "org-9", expected: "a" },
  { what: "does not get another workspace", candidates: two, key: "org-2", expected: "other_workspace" },
  { what: "is gone", candidates: two.slice(1), key: "org-1", expected: "no_account" },
  { what: "gets a workspace that it shares", candidates: twins, key: "org-1", expected: "a" },
])("an account at its own URL $what", ({ candidates, key, expected }) => {
  const routing = routeOwn(candidates, { accountId: "a", workspaceKey: key });
  expect(routing.kind === "routed" ? routing.account.id : routing.reason).toBe(expected);
});

test("routes a workspace to its one account, or to none", () => {
  expect(routeNamed(two, "org-2")).toMatchObject({ account: { id: "b" } });
  expect(routeNamed(nameless, "org-9")).toMatchObject({ reason: "other_workspace" });
  expect(routeNamed(twins, "org-1")).toMatchObject({ reason: "ambiguous" });
});
