import {
  type CredentialHealth,
  type CredentialVault,
  createLocalVault,
  type HttpClient,
} from "@mio/channel-kit";
import { type ScriptedAnswer, scriptedHttp } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { type CliqAccess, createCliqAccess, freshMs } from "./cliq-access.ts";
import { createSharedGrants } from "./shared-grants.ts";

const signal = new AbortController().signal;
const minute = 60_000;

function grant(token: string, more: object = {}): ScriptedAnswer {
  return { status: 200, text: JSON.stringify({ access_token: token, expires_in: 3_600, ...more }) };
}

interface Given {
  readonly vault?: CredentialVault;
  readonly refreshToken?: string | undefined;
  readonly baseUrl?: string;
}

function accessTo(http: HttpClient, given: Given = {}): { access: CliqAccess; pass(ms: number): void } {
  let now = 0;
  const { vault = createLocalVault(), baseUrl = "https://cliq.zoho.com" } = given;
  const refreshToken = "refreshToken" in given ? given.refreshToken : "rt0ken";
  const client = { clientId: "cid", clientSecret: "cs3cret" };
  const access = createCliqAccess(
    { vault },
    {
      grants: createSharedGrants({ endpoint: { http, client, now: () => new Date(now) }, freshMs }),
      now: () => new Date(now),
      baseUrl: new URL(baseUrl),
      oauthUrl: new URL("https://accounts.zoho.com/oauth/v2/token"),
      refreshToken,
    },
  );
  const pass = (ms: number): void => {
    now += ms;
  };
  return { access, pass };
}

/** The refresh tokens that were used, in order. */
function used(http: {
  readonly requests: readonly { readonly body?: string }[];
}): readonly (string | null)[] {
  return http.requests.map(({ body }) => new URLSearchParams(body).get("refresh_token"));
}

describe("the token of an account", () => {
  it("is asked for once, as a form, with nothing secret in the address", async () => {
    const http = scriptedHttp(grant("a"));
    const { access } = accessTo(http);
    const all = await Promise.all(Array.from({ length: 10 }, () => access.get(signal)));
    expect(new Set(all)).toEqual(new Set(["a"]));
    expect(http.requests).toHaveLength(1);
    expect(http.requests[0]?.url.href).toBe("https://accounts.zoho.com/oauth/v2/token");
    expect(Object.fromEntries(new URLSearchParams(http.requests[0]?.body))).toEqual({
      grant_type: "refresh_token",
      client_id: "cid",
      client_secret: "cs3cret",
      refresh_token: "rt0ken",
    });
  });

  it("is kept in the vault for other processes, with the refresh token that Zoho put in place of the old", async () => {
    const vault = createLocalVault();
    const http = scriptedHttp(grant("a", { refresh_token: "rotated" }), grant("b"));
    await accessTo(http, { vault }).access.get(signal);
    expect((await vault.read())?.secrets).toMatchObject({ access_token: "a", refresh_token: "rotated" });
    const other = accessTo(http, { vault });
    expect(await other.access.get(signal)).toBe("a");
    other.pass(56 * minute);
    expect(await other.access.get(signal)).toBe("b");
    expect(used(http)).toEqual(["rt0ken", "rotated"]);
  });

  it("is refreshed before it expires, and a valid one is used while Zoho is down", async () => {
    const { access, pass } = accessTo(scriptedHttp(grant("a"), { status: 503 }));
    await access.get(signal);
    pass(57 * minute);
    expect(await access.get(signal)).toBe("a");
    pass(3 * minute);
    await expect(access.get(signal)).rejects.toMatchObject({ kind: "transient" });
  });

  it("comes from the account's own refresh token if it has one, with any setting", async () => {
    const vault = createLocalVault({ secrets: { refresh_token: "own" }, expiresAt: undefined });
    const http = scriptedHttp(grant("a"));
    await accessTo(http, { vault }).access.get(signal);
    expect(used(http)).toEqual(["own"]);
  });

  it("comes from a new setting at once, although an older one's is still valid", async () => {
    const vault = createLocalVault();
    const http = scriptedHttp(grant("a", { refresh_token: "rotated" }), grant("b"));
    await accessTo(http, { vault, refreshToken: "first" }).access.get(signal);
    expect(await accessTo(http, { vault, refreshToken: "second" }).access.get(signal)).toBe("b");
    expect(used(http)).toEqual(["first", "second"]);
    expect(await accessTo(http, { vault, refreshToken: "second" }).access.get(signal)).toBe("b");
    expect((await vault.read())?.secrets).toMatchObject({ refresh_token: "second" });
  });

  it("is not requested without any refresh token", async () => {
    const http = scriptedHttp(grant("a"));
    const { access } = accessTo(http, { refreshToken: undefined });
    await expect(access.get(signal)).rejects.toMatchObject({ kind: "permanent", reason: "refresh_failed" });
    expect(http.requests).toEqual([]);
  });
});

describe("a refusal", () => {
  it.each([
    ["200 with an error", { status: 200, text: '{"error":"invalid_code"}' }],
    ["401", { status: 401, text: "{}" }],
    ["400 invalid_client", { status: 400, text: '{"error":"invalid_client"}' }],
    ["400 invalid_grant", { status: 400, text: '{"error":"invalid_grant"}' }],
  ])("of %s needs a person and is reported; so is the recovery", async (_, answer) => {
    const reports: CredentialHealth[] = [];
    const vault = {
      ...createLocalVault(),
      report: async (health: CredentialHealth) => void reports.push(health),
    };
    const http = scriptedHttp(answer, grant("a"));
    const { access, pass } = accessTo(http, { vault });
    const refused = { kind: "permanent", reason: "refresh_failed", retry: "never" };
    await expect(access.get(signal)).rejects.toMatchObject(refused);
    await expect(access.get(signal)).rejects.toMatchObject(refused);
    expect(http.requests).toHaveLength(1);
    expect(reports).toMatchObject([{ state: "reauth_required" }]);
    pass(24 * 60 * minute);
    expect(await access.get(signal)).toBe("a");
    expect(reports.at(-1)).toEqual({ state: "ok" });
  });

  it.each([
    ["5xx", { status: 502 }],
    ["429", { status: 429 }],
    [
      "too many tokens",
      { status: 400, text: '{"error":"Access Denied","error_description":"too many requests"}' },
    ],
    ["200 without JSON", { status: 200, text: "<html>maintenance</html>" }],
    ["a token that no header can carry", { status: 200, text: '{"access_token":"a\\nb"}' }],
    ["silence", { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" } as const],
    ["no connection", { kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" } as const],
  ])("that passes, such as %s, is not asked about again at once", async (_, answer) => {
    const http = scriptedHttp(answer, grant("a"));
    const { access, pass } = accessTo(http);
    await expect(access.get(signal)).rejects.toMatchObject({ kind: "transient" });
    await expect(access.get(signal)).rejects.toMatchObject({ kind: "transient" });
    expect(http.requests).toHaveLength(1);
    pass(60 * minute);
    expect(await access.get(signal)).toBe("a");
  });

  it("has no secret in its error", async () => {
    const text = '{"error":"rt0ken","error_description":"cs3cret"}';
    const error: unknown = await accessTo(scriptedHttp({ status: 400, text }))
      .access.get(signal)
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify([error, String(error)])).not.toMatch(/cs3cret/);
  });
});

describe("the data centre", () => {
  it.each([
    ["https://www.zohoapis.eu", "https://cliq.zoho.eu/"],
    ["https://www.zohoapis.in", "https://cliq.zoho.in/"],
    ["https://www.zohoapis.com.au", "https://cliq.zoho.com.au/"],
    ["https://www.zohoapis.jp", "https://cliq.zoho.jp/"],
    ["https://www.zohoapis.ca", "https://cliq.zohocloud.ca/"],
    ["https://www.zohoapis.sa", "https://cliq.zoho.sa/"],
    ["https://www.zohoapis.com.cn", "https://cliq.zoho.com.cn/"],
    ["https://www.zohoapis.uk", "https://cliq.zoho.uk/"],
    ["https://www.zohoapis.com", "https://cliq.zoho.com/"],
    ["https://evil.example", "https://cliq.zoho.com/"],
  ])("%s leads to %s", async (api_domain, baseUrl) => {
    const { access } = accessTo(scriptedHttp(grant("a", { api_domain })));
    await access.get(signal);
    expect(access.baseUrl().href).toBe(baseUrl);
  });

  it("is stored in the vault, and used for the next token", async () => {
    const vault = createLocalVault();
    const http = scriptedHttp(grant("a", { api_domain: "https://www.zohoapis.eu" }), grant("b"));
    await accessTo(http, { vault }).access.get(signal);
    const { access, pass } = accessTo(http, { vault });
    await access.get(signal);
    expect(access.baseUrl().href).toBe("https://cliq.zoho.eu/");
    pass(59 * minute);
    await access.get(signal);
    expect(http.requests.map(({ url }) => url.host)).toEqual(["accounts.zoho.com", "accounts.zoho.eu"]);
  });

  it("never moves an address that is not Zoho's", async () => {
    const baseUrl = "http://127.0.0.1:9000/";
    const http = scriptedHttp(grant("a", { api_domain: "https://www.zohoapis.eu" }));
    const { access } = accessTo(http, { baseUrl });
    await access.get(signal);
    expect(access.baseUrl().href).toBe(baseUrl);
  });
});
