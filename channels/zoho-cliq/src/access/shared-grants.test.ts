import { createLocalVault } from "@mio/channel-kit";
import { type ScriptedAnswer, scriptedHttp } from "@mio/channel-kit/contract";
import { expect, it } from "vitest";
import { createCliqAccess, freshMs } from "./cliq-access.ts";
import { createSharedGrants } from "./shared-grants.ts";

const signal = new AbortController().signal;
const minute = 60_000;
const throttle = {
  status: 400,
  text: '{"error":"Access Denied","error_description":"You have made too many requests continuously."}',
};

function grant(token: string, more: object = {}): ScriptedAnswer {
  return { status: 200, text: JSON.stringify({ access_token: token, expires_in: 3_600, ...more }) };
}

/** Accounts of one process; those without a refresh token of their own use that of the setting. */
function accountsOf(http: ReturnType<typeof scriptedHttp>, own: readonly (string | undefined)[]) {
  let now = 0;
  const time = (): Date => new Date(now);
  const endpoint = { http, client: { clientId: "cid", clientSecret: "cs3cret" }, now: time };
  const grants = createSharedGrants({ endpoint, freshMs });
  const oauthUrl = new URL("https://accounts.zoho.com/oauth/v2/token");
  const baseUrl = new URL("https://cliq.zoho.com");
  const vaults = own.map((token) =>
    createLocalVault(
      token === undefined ? undefined : { secrets: { refresh_token: token }, expiresAt: undefined },
    ),
  );
  const accounts = vaults.map((vault) =>
    createCliqAccess({ vault }, { grants, now: time, baseUrl, oauthUrl, refreshToken: "setting" }),
  );
  return {
    accounts,
    vaults,
    tokens: () => Promise.all(accounts.map((account) => account.get(signal))),
    failures: () =>
      Promise.all(accounts.map((account) => account.get(signal).catch((error: unknown) => error))),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const twenty = Array.from({ length: 20 }, () => undefined);

it("gives one token to all accounts with the same refresh token, at once and later", async () => {
  const http = scriptedHttp(grant("a"), grant("b"));
  const { accounts, tokens, pass, vaults } = accountsOf(http, twenty);
  const [first] = accounts;
  expect(await first?.get(signal)).toBe("a");
  expect(new Set(await tokens())).toEqual(new Set(["a"]));
  expect(http.requests).toHaveLength(1);
  for (const vault of vaults) expect((await vault.read())?.secrets).toMatchObject({ access_token: "a" });
  pass(56 * minute);
  expect(new Set(await tokens())).toEqual(new Set(["b"]));
  expect(http.requests).toHaveLength(2);
});

it("shares nothing between accounts whose refresh tokens differ", async () => {
  const http = scriptedHttp(grant("a"), grant("b"));
  const { tokens } = accountsOf(http, ["one", "other", "one"]);
  const [one, other, same] = await tokens();
  expect([one === same, one === other, http.requests.length]).toEqual([true, false, 2]);
});

it("replaces a token that Cliq rejected once, however many accounts had it", async () => {
  const http = scriptedHttp(grant("a"), grant("b"));
  const { accounts, tokens } = accountsOf(http, twenty);
  await tokens();
  for (const account of accounts) account.invalidate("a");
  expect(new Set(await tokens())).toEqual(new Set(["b"]));
  expect(http.requests).toHaveLength(2);
});

it("passes on the refresh token that Zoho put in place of the old", async () => {
  const http = scriptedHttp(grant("a", { refresh_token: "rotated" }), grant("b"));
  const { tokens, pass, vaults } = accountsOf(http, twenty);
  await tokens();
  for (const vault of vaults)
    expect((await vault.read())?.secrets).toMatchObject({ refresh_token: "rotated" });
  pass(56 * minute);
  expect(new Set(await tokens())).toEqual(new Set(["b"]));
  expect(http.requests).toHaveLength(2);
});

it("waits once for all accounts when Zoho gives no more tokens", async () => {
  const http = scriptedHttp(throttle, grant("a"));
  const { failures, tokens, pass } = accountsOf(http, twenty);
  for (const failure of await failures()) expect(failure).toMatchObject({ kind: "transient" });
  pass(59_000);
  for (const failure of await failures()) expect(failure).toMatchObject({ kind: "transient" });
  expect(http.requests).toHaveLength(1);
  pass(2 * minute);
  expect(new Set(await tokens())).toEqual(new Set(["a"]));
  expect(http.requests).toHaveLength(2);
});

it("asks once for all accounts about a refresh token that Zoho rejects, and again after five minutes", async () => {
  const http = scriptedHttp({ status: 400, text: '{"error":"invalid_grant"}' }, grant("a"));
  const { accounts, failures, tokens, pass } = accountsOf(http, twenty);
  for (const failure of await failures()) expect(failure).toMatchObject({ kind: "permanent" });
  pass(4 * minute);
  await expect(accounts[0]?.get(signal)).rejects.toMatchObject({ kind: "permanent" });
  expect(http.requests).toHaveLength(1);
  pass(2 * minute);
  expect(new Set(await tokens())).toEqual(new Set(["a"]));
});

it("asks at once for an account with new credentials, although they have the rejected refresh token", async () => {
  const http = scriptedHttp({ status: 400, text: '{"error":"invalid_grant"}' }, grant("a"));
  const { accounts, failures, vaults, pass } = accountsOf(http, [undefined, undefined]);
  for (const failure of await failures()) expect(failure).toMatchObject({ kind: "permanent" });
  const secrets = { refresh_token: "setting" };
  await vaults[0]?.renew({ staleVersion: undefined, ask: async () => ({ secrets, expiresAt: undefined }) });
  pass(2_000);
  expect(await accounts[0]?.get(signal)).toBe("a");
});

it("leaves a lost connection to the backoff of each account", async () => {
  const lost = { kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" } as const;
  const http = scriptedHttp(lost, grant("a"));
  const { failures, tokens, pass } = accountsOf(http, twenty);
  for (const failure of await failures()) expect(failure).toMatchObject({ kind: "transient" });
  pass(2_000);
  expect(new Set(await tokens())).toEqual(new Set(["a"]));
});
