import {
  type CredentialVault,
  createLocalVault,
  type HttpAnswer,
  type HttpFailure,
  type TokenSource,
} from "@mio/channel-kit";
import { accountUnderTest, type ScriptedHttp, scriptedHttp } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { silence } from "../../test/scripted-slack.ts";
import { createBotTokens } from "./tokens.ts";

const { signal } = new AbortController();
const clock = new Date("2026-05-03T10:00:00Z");
const never = scriptedHttp({ status: 500 });

function tokensOf(
  vault: CredentialVault,
  given: { http?: ScriptedHttp; sharedToken?: string; app?: boolean } = {},
): TokenSource {
  const { http = never, sharedToken, app = true } = given;
  return createBotTokens({
    account: accountUnderTest({ vault }),
    http,
    baseUrl: new URL("https://slack.test/api/"),
    now: () => clock,
    sharedToken,
    app: app ? { clientId: "1.2", clientSecret: "s" } : undefined,
  });
}

const inHours = (hours: number) => new Date(clock.getTime() + hours * 3_600_000);
const rotating = (expiresAt: Date) =>
  createLocalVault({ secrets: { bot_token: "old", refresh_token: "r1", app_token: "xapp" }, expiresAt });
const grant = (fields: object = {}) =>
  scriptedHttp({
    status: 200,
    text: JSON.stringify({
      ok: true,
      access_token: "new",
      refresh_token: "r2",
      expires_in: 43_200,
      ...fields,
    }),
  });

describe("a bot token", () => {
  it("is the account's own before that of the settings", async () => {
    const own = createLocalVault({ secrets: { bot_token: "own" }, expiresAt: undefined });
    expect(await tokensOf(own, { sharedToken: "shared" }).get(signal)).toBe("own");
    expect(await tokensOf(createLocalVault(), { sharedToken: "shared" }).get(signal)).toBe("shared");
  });

  it("that is missing needs a person", async () => {
    await expect(tokensOf(createLocalVault()).get(signal)).rejects.toMatchObject({
      kind: "permanent",
      reason: "auth",
    });
  });

  it("of the settings is not replaced", async () => {
    const tokens = tokensOf(createLocalVault(), { sharedToken: "shared" });
    expect(tokens.invalidate(await tokens.get(signal))).toBe(false);
  });
});

describe("an unreachable vault", () => {
  const away = () => Promise.reject(new Error("no database"));

  it("makes a message wait", async () => {
    const tokens = tokensOf({ ...createLocalVault(), read: away }, { sharedToken: "shared" });
    await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "transient" });
  });

  it("does not stop those that have a token already", async () => {
    const vault = { ...createLocalVault({ secrets: { bot_token: "own" }, expiresAt: undefined }) };
    const tokens = tokensOf(vault);
    tokens.invalidate(await tokens.get(signal));
    vault.read = away;
    expect(await tokens.get(signal)).toBe("own");
  });
});

describe("a token that does not rotate", () => {
  it("stays the same after one rejection by Slack", async () => {
    const vault = createLocalVault({ secrets: { bot_token: "own" }, expiresAt: undefined });
    const tokens = tokensOf(vault);
    expect(tokens.invalidate(await tokens.get(signal))).toBe(false);
    expect(await tokens.get(signal)).toBe("own");
  });

  it("is the next one as soon as a person has replaced it", async () => {
    const vault = createLocalVault({ secrets: { bot_token: "own" }, expiresAt: undefined });
    const tokens = tokensOf(vault);
    await tokens.get(signal);
    const replaced = { secrets: { bot_token: "other" }, expiresAt: undefined };
    await vault.renew({ staleVersion: "0", ask: () => Promise.resolve(replaced) });
    expect(await tokens.get(signal)).toBe("own");
    tokens.invalidate("own");
    expect(await tokens.get(signal)).toBe("other");
  });
});

describe("a token that rotates", () => {
  it("is renewed before it ends, and the new pair is kept", async () => {
    const vault = rotating(inHours(0.1));
    const http = grant();
    expect(await tokensOf(vault, { http }).get(signal)).toBe("new");
    expect(await vault.read()).toMatchObject({
      secrets: { bot_token: "new", refresh_token: "r2", app_token: "xapp" },
      expiresAt: inHours(12),
    });
    const [request] = http.requests;
    expect(request?.url.href).toBe("https://slack.test/api/oauth.v2.access");
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: "refresh_token",
      refresh_token: "r1",
      client_id: "1.2",
      client_secret: "s",
    });
  });

  it("keeps its refresh token when Slack gives no other", async () => {
    const vault = rotating(inHours(0.1));
    await tokensOf(vault, { http: grant({ refresh_token: undefined }) }).get(signal);
    expect(await vault.read()).toMatchObject({ secrets: { refresh_token: "r1" } });
  });

  it("is renewed when Slack rejects it, and not while it is valid", async () => {
    const http = grant();
    const tokens = tokensOf(rotating(inHours(12)), { http });
    expect(await tokens.get(signal)).toBe("old");
    expect(http.requests).toHaveLength(0);
    expect(tokens.invalidate("old")).toBe(true);
    expect(await tokens.get(signal)).toBe("new");
  });

  it.each<[string, HttpFailure | Pick<HttpAnswer, "status" | "text">, object]>([
    [
      "refuses",
      { status: 200, text: '{"ok":false,"error":"invalid_refresh_token"}' },
      { kind: "permanent", reason: "refresh_failed" },
    ],
    ["is away", { status: 503, text: "" }, { kind: "transient" }],
    ["is silent", silence, { kind: "transient" }],
  ])("is distinguished when Slack %s", async (_, answer, error) => {
    const tokens = tokensOf(rotating(inHours(-1)), { http: scriptedHttp(answer) });
    await expect(tokens.get(signal)).rejects.toMatchObject(error);
  });

  it("needs the app's credentials", async () => {
    const tokens = tokensOf(rotating(inHours(-1)), { app: false });
    await expect(tokens.get(signal)).rejects.toThrow(/SLACK_CLIENT_ID/);
  });
});
