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
  { what: "a lone account takes an event without a workspace", candidates: one, key: "", expected: "a" },
  { what: "a lone account takes its own workspace", candidates: one, key: "org-1", expected: "a" },
  { what: "a lone account without a workspace takes any", candidates: nameless, key: "org-9", expected: "a" },
  {
    what: "a lone account refuses another workspace",
    candidates: one,
    key: "org-9",
    expected: "other_workspace",
  },
  { what: "of two the named one", candidates: two, key: "org-2", expected: "b" },
  { what: "of two none without a name", candidates: two, key: "", expected: "ambiguous" },
  { what: "of two none for a third name", candidates: two, key: "org-9", expected: "other_workspace" },
  { what: "never a guess between equal names", candidates: twins, key: "org-1", expected: "ambiguous" },
  { what: "nobody without accounts", candidates: [], key: "org-1", expected: "no_account" },
])("$what", ({ candidates, key, expected }) => {
  const routing = routeAccount(candidates, key);
  expect(routing.kind === "routed" ? routing.account.id : routing.reason).toBe(expected);
});

test.each([
  { what: "takes its own workspace", candidates: two, key: "org-1", expected: "a" },
  { what: "takes what names no workspace", candidates: two, key: "", expected: "a" },
  { what: "takes any workspace while it knows none", candidates: nameless, key: "org-9", expected: "a" },
  { what: "refuses another workspace", candidates: two, key: "org-2", expected: "other_workspace" },
  { what: "is gone", candidates: two.slice(1), key: "org-1", expected: "no_account" },
  { what: "shares its workspace", candidates: twins, key: "org-1", expected: "a" },
])("an account that an event came in for: $what", ({ candidates, key, expected }) => {
  const routing = routeOwn(candidates, { accountId: "a", workspaceKey: key });
  expect(routing.kind === "routed" ? routing.account.id : routing.reason).toBe(expected);
});

test("a named workspace is one account's or nobody's", () => {
  expect(routeNamed(two, "org-2")).toMatchObject({ account: { id: "b" } });
  expect(routeNamed(nameless, "org-9")).toMatchObject({ reason: "other_workspace" });
  expect(routeNamed(twins, "org-1")).toMatchObject({ reason: "ambiguous" });
});
