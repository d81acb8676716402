import { describe, expect, it } from "vitest";
import { zohoCliq } from "./index.ts";

const complete = {
  CLIQ_CLIENT_ID: "id",
  CLIQ_CLIENT_SECRET: "s3cret",
  CLIQ_REFRESH_TOKEN: "t0ken",
  CLIQ_BOT_NAME: "miobot",
};

describe("opening zoho_cliq", () => {
  it("has every part when the credentials are complete", () => {
    const open = zohoCliq.open(complete);
    expect(open.outbound).toBeDefined();
    expect(open.webhook).toMatchObject({
      routeAliases: ["/cliq"],
      secretNames: ["cliq-webhook-secret", "zoho-cliq-webhook-secret"],
    });
  });

  it("receives messages without credentials, and says how to send", () => {
    const open = zohoCliq.open({ CLIQ_BOT_NAME: "miobot" });
    expect(open.webhook).toBeDefined();
    expect(open.attachments).toBeDefined();
    expect(open.outbound).toBeUndefined();
    expect(open.notes?.join()).toContain("CLIQ_REFRESH_TOKEN");
  });

  const needed = Object.keys(complete).filter((name) => name !== "CLIQ_REFRESH_TOKEN");
  it.each(needed)("refuses credentials without %s, naming it and nothing secret", (name) => {
    const partial = { ...complete, [name]: "" };
    expect(() => zohoCliq.open(partial)).toThrow(
      expect.objectContaining({ code: "config.invalid", message: expect.stringContaining(name) }),
    );
    expect(() => zohoCliq.open(partial)).not.toThrow(/s3cret|t0ken/);
  });

  it("uses each account's refresh token if there is no shared one", () => {
    const open = zohoCliq.open({ ...complete, CLIQ_REFRESH_TOKEN: "" });
    expect(open.outbound).toBeDefined();
    expect(open.notes?.join()).toContain("CLIQ_REFRESH_TOKEN");
    const client = { CLIQ_CLIENT_ID: "id", CLIQ_CLIENT_SECRET: "s3cret" };
    expect(zohoCliq.open(client)).toMatchObject({ install: expect.anything(), notes: [expect.anything()] });
    expect(zohoCliq.open(client).outbound).toBeUndefined();
  });

  it("offers to authorise accounts when it has a client, at the page of the data centre", () => {
    const { install } = zohoCliq.open({ ...complete, CLIQ_DC: "ca" });
    const url = install?.authorizeUrl({ state: "s", redirectUri: "https://mio.example/callback" });
    expect(url?.origin).toBe("https://accounts.zohocloud.ca");
    expect(zohoCliq.open({}).install).toBeUndefined();
  });

  it.each(["http://cliq.zoho.com", "ftp://x", "nonsense", "https://user:pw@cliq.zoho.com"])(
    "refuses %s as the API's address, because a token would travel there",
    (address) => {
      expect(() => zohoCliq.open({ ...complete, CLIQ_API_BASE_URL: address })).toThrow(
        expect.objectContaining({ code: "config.invalid" }),
      );
      expect(() => zohoCliq.open({ ...complete, CLIQ_OAUTH_URL: address })).toThrow(
        expect.objectContaining({ code: "config.invalid" }),
      );
    },
  );

  it.each(["http://127.0.0.1:9000", "http://localhost:1", "http://[::1]:2", "https://cliq.zoho.eu"])(
    "takes %s",
    (address) => expect(() => zohoCliq.open({ ...complete, CLIQ_API_BASE_URL: address })).not.toThrow(),
  );
});
