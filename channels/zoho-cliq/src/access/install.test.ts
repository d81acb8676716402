import { scriptedHttp } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { createInstallFlow } from "./install.ts";

const redirectUri = "https://mio.example/oauth/callback?from=zoho";
const signal = new AbortController().signal;
const tokens = {
  access_token: "at",
  refresh_token: "rt",
  expires_in: 3_600,
  api_domain: "https://www.zohoapis.eu",
};

function flowWith(http = scriptedHttp({ status: 200, text: JSON.stringify(tokens) })) {
  const now = (): Date => new Date("2026-05-03T10:00:00Z");
  const client = { clientId: "cid", clientSecret: "cs3cret" };
  const oauthUrl = new URL("https://accounts.zoho.com/oauth/v2/token");
  const flow = createInstallFlow({ endpoint: { http, client, now }, oauthUrl, scope: "A.READ,B.CREATE" });
  return { http, flow };
}

describe("authorizeUrl", () => {
  it("requests offline access, with a state that survives", () => {
    const state = "a b&c=d/é";
    const url = flowWith().flow.authorizeUrl({ state, redirectUri });
    expect(url.origin + url.pathname).toBe("https://accounts.zoho.com/oauth/v2/auth");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "cid",
      scope: "A.READ,B.CREATE",
      redirect_uri: redirectUri,
      access_type: "offline",
      prompt: "consent",
      state,
    });
  });

  it.each([
    { state: "", redirectUri },
    { state: "s", redirectUri: "" },
  ])("refuses %j", (request) => {
    expect(() => flowWith().flow.authorizeUrl(request)).toThrow(
      expect.objectContaining({ code: "config.invalid" }),
    );
  });
});

describe("exchange", () => {
  const callback = new URLSearchParams();

  it("returns the secrets of the account's vault", async () => {
    const { http, flow } = flowWith();
    expect(await flow.exchange({ code: "c", redirectUri, callback }, signal)).toEqual({
      secrets: { refresh_token: "rt", access_token: "at", api_domain: "https://www.zohoapis.eu" },
      expiresAt: new Date("2026-05-03T10:59:30Z"),
    });
    expect(Object.fromEntries(new URLSearchParams(http.requests[0]?.body))).toEqual({
      grant_type: "authorization_code",
      client_id: "cid",
      client_secret: "cs3cret",
      redirect_uri: redirectUri,
      code: "c",
    });
  });

  it.each([
    ["accounts-server=https://accounts.zoho.in&location=in", "accounts.zoho.in"],
    ["location=ca", "accounts.zohocloud.ca"],
    ["", "accounts.zoho.com"],
    ["accounts-server=https://evil.example", "accounts.zoho.com"],
    ["accounts-server=https://accounts.zoho.in.evil.example&location=mars", "accounts.zoho.com"],
  ])("after %j asks %s, so that the client's secret goes to Zoho alone", async (query, host) => {
    const { http, flow } = flowWith();
    await flow.exchange({ code: "c", redirectUri, callback: new URLSearchParams(query) }, signal);
    expect(http.requests[0]?.url.href).toBe(`https://${host}/oauth/v2/token`);
  });

  it.each([
    ["a code that is used up", { status: 200, text: '{"error":"invalid_code"}' }, "permanent"],
    ["no refresh token", { status: 200, text: '{"access_token":"at"}' }, "permanent"],
    ["400", { status: 400, text: "cs3cret" }, "permanent"],
    ["no JSON", { status: 200, text: "<html>" }, "transient"],
    ["503", { status: 503 }, "transient"],
  ])("fails after %s", async (_, answer, kind) => {
    const { flow } = flowWith(scriptedHttp(answer));
    const error: unknown = await flow
      .exchange({ code: "c0de", redirectUri, callback }, signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind });
    expect(JSON.stringify([error, String(error)])).not.toMatch(/cs3cret|c0de/);
  });

  it("makes no call without a code", async () => {
    const { http, flow } = flowWith();
    await expect(flow.exchange({ code: "", redirectUri, callback }, signal)).rejects.toMatchObject({
      kind: "permanent",
    });
    expect(http.requests).toEqual([]);
  });
});
