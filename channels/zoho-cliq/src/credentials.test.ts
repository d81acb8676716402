import type { HttpClient } from "@mio/channel-kit";
import { scriptedHttp } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { createTokenSource, type TokenSource } from "./credentials.ts";

const credentials = { clientId: "cid", clientSecret: "cs3cret", refreshToken: "rt0ken" };
const signal = new AbortController().signal;
const minute = 60_000;

function good(token: string, seconds = 3_600): { status: number; text: string } {
  return { status: 200, text: JSON.stringify({ access_token: token, expires_in: seconds }) };
}

function source(http: HttpClient): { tokens: TokenSource; pass(ms: number): void } {
  let now = 0;
  const url = new URL("https://accounts.example/oauth/v2/token");
  const tokens = createTokenSource({ credentials, url, http, now: () => new Date(now) });
  return { tokens, pass: (ms) => (now += ms) };
}

describe("token source", () => {
  it("asks once, as a form, with nothing secret in the address", async () => {
    const http = scriptedHttp(good("a"));
    await source(http).tokens.get(signal);
    const [request] = http.requests;
    expect(request?.method).toBe("POST");
    expect(request?.url.search).toBe("");
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: "refresh_token",
      client_id: "cid",
      client_secret: "cs3cret",
      refresh_token: "rt0ken",
    });
  });

  it("keeps a token until five minutes before its end", async () => {
    const http = scriptedHttp(good("a"), good("b"));
    const { tokens, pass } = source(http);
    expect(await tokens.get(signal)).toBe("a");
    pass(54 * minute);
    expect(await tokens.get(signal)).toBe("a");
    pass(minute);
    expect(await tokens.get(signal)).toBe("b");
    expect(http.requests).toHaveLength(2);
  });

  it("makes one request for ten callers at once", async () => {
    const http = scriptedHttp(good("a"));
    const { tokens } = source(http);
    const all = await Promise.all(Array.from({ length: 10 }, () => tokens.get(signal)));
    expect(new Set(all)).toEqual(new Set(["a"]));
    expect(http.requests).toHaveLength(1);
  });

  it("forgets a refused token once, not the one that replaced it", async () => {
    const http = scriptedHttp(good("a"), good("b"), good("c"));
    const { tokens } = source(http);
    await tokens.get(signal);
    tokens.invalidate("a");
    expect(await tokens.get(signal)).toBe("b");
    tokens.invalidate("a");
    expect(await tokens.get(signal)).toBe("b");
  });

  it("keeps a token that is younger than the caller suspects", async () => {
    const { tokens, pass } = source(scriptedHttp(good("a"), good("b")));
    await tokens.get(signal);
    expect(tokens.invalidate("a", minute)).toBe(false);
    expect(await tokens.get(signal)).toBe("a");
    pass(minute);
    expect(tokens.invalidate("a", minute)).toBe(true);
    expect(await tokens.get(signal)).toBe("b");
    expect(tokens.invalidate("a", minute)).toBe(true);
  });

  it("goes on with a token that is still good while Zoho is down", async () => {
    const http = scriptedHttp(good("a"), { status: 503 });
    const { tokens, pass } = source(http);
    await tokens.get(signal);
    pass(56 * minute);
    expect(await tokens.get(signal)).toBe("a");
    pass(4 * minute);
    await expect(tokens.get(signal)).rejects.toMatchObject({ kind: "transient" });
  });

  it.each([
    ["200 with an error", { status: 200, text: '{"error":"invalid_code"}' }],
    ["401", { status: 401, text: "{}" }],
    ["400 invalid_client", { status: 400, text: '{"error":"invalid_client"}' }],
  ])("takes %s for a refresh token that Zoho refuses", async (_, answer) => {
    await expect(source(scriptedHttp(answer)).tokens.get(signal)).rejects.toMatchObject({
      kind: "permanent",
      reason: "refresh_failed",
      retry: "never",
    });
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
  ])("tries again after %s, since nothing was sent to the chat", async (_, answer) => {
    await expect(source(scriptedHttp(answer)).tokens.get(signal)).rejects.toMatchObject({
      kind: "transient",
    });
  });

  it("lets a caller give up without spoiling the refresh for the others", async () => {
    const http = scriptedHttp(good("a"));
    const { tokens } = source(http);
    const other = tokens.get(signal);
    await expect(tokens.get(AbortSignal.abort())).rejects.toMatchObject({ kind: "transient" });
    expect(await other).toBe("a");
  });

  it("keeps secrets out of its errors", async () => {
    const http = scriptedHttp({ status: 400, text: '{"error":"bad","hint":"rt0ken cs3cret"}' });
    const error: unknown = await source(http)
      .tokens.get(signal)
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify([error, String(error)])).not.toMatch(/rt0ken|cs3cret/);
  });
});
