import { describe, expect, it } from "vitest";
import { createTokens } from "./tokens.ts";

const oauth = { clientId: "id", clientSecret: "secret", refreshToken: "refresh" };
const form = new URLSearchParams({
  grant_type: "refresh_token",
  client_id: "id",
  client_secret: "secret",
  refresh_token: "refresh",
});

function newTokens() {
  let now = 0;
  const tokens = createTokens({ oauth, lifetimeSeconds: 60, apiDomain: () => "d", now: () => new Date(now) });
  const grant = (): string =>
    /"access_token":"([^"]+)"/.exec(JSON.stringify(tokens.grant(form).body))?.[1] ?? "";
  const setTime = (ms: number): void => {
    now = ms;
  };
  return { tokens, grant, setTime };
}

describe("tokens", () => {
  it("accepts a valid token under both header schemes", () => {
    const { tokens, grant } = newTokens();
    const token = grant();
    expect(tokens.accepts(`Zoho-oauthtoken ${token}`)).toBe(true);
    expect(tokens.accepts(`Bearer ${token}`)).toBe(true);
    expect([token, `Basic ${token}`, "Zoho-oauthtoken other", undefined].map(tokens.accepts)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("rejects a token from the end of its lifetime", () => {
    const { tokens, grant, setTime } = newTokens();
    const header = `Zoho-oauthtoken ${grant()}`;
    setTime(59_999);
    expect(tokens.accepts(header)).toBe(true);
    setTime(60_000);
    expect(tokens.accepts(header)).toBe(false);
  });

  it("keeps thirty tokens and drops the oldest", () => {
    const { tokens, grant } = newTokens();
    const headers = Array.from({ length: 31 }, () => `Bearer ${grant()}`);
    expect(headers.map(tokens.accepts)).toEqual([false, ...Array.from({ length: 30 }, () => true)]);
  });
});
