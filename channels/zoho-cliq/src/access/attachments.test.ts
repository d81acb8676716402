import { create } from "@bufbuild/protobuf";
import { DeliveryError, type FetchedAttachment, type TokenSource } from "@mio/channel-kit";
import { accountUnderTest, type ScriptedHttp, scriptedHttp } from "@mio/channel-kit/contract";
import { Attachment_ErrorCode, AttachmentSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { createFetcher } from "./attachments.ts";
import type { CliqAccess } from "./cliq-access.ts";

const link = "https://cliq.zoho.com/company/1/v2/attachments/x?type=transient";
const account = accountUnderTest();

interface Case {
  readonly url?: string;
  readonly mime?: string;
  readonly baseUrl?: string;
  readonly access?: CliqAccess | undefined;
}

const cliqUrl = "https://cliq.zoho.com";
const goodAccess: CliqAccess = accessWith({ get: async () => "t0ken", invalidate: () => true });

function accessWith(tokens: TokenSource): CliqAccess {
  return { ...tokens, baseUrl: () => new URL(cliqUrl) };
}

function fetchWith(http: ScriptedHttp, options: Case = {}): Promise<FetchedAttachment> {
  const { url = link, mime = "", baseUrl = cliqUrl } = options;
  const access = "access" in options ? options.access : goodAccess;
  const fetcher = createFetcher({
    http,
    baseUrl: new URL(baseUrl),
    hosts: new Set(["cliq.zoho.com"]),
    access: access && (() => access),
  });
  return fetcher.fetch(create(AttachmentSchema, { url, mime }), account, new AbortController().signal);
}

function refused(code: keyof typeof Attachment_ErrorCode, retry = "never"): object {
  return { name: "AttachmentError", wireCode: Attachment_ErrorCode[code], retry };
}

const ok = { status: 200, text: "data", headers: { "content-type": "image/png", "content-length": "4" } };

describe("fetching a Cliq file", () => {
  it("opens it with the token", async () => {
    const http = scriptedHttp(ok);
    const file = await fetchWith(http);
    expect(file).toMatchObject({ contentType: "image/png", contentLength: 4 });
    expect(http.requests[0]).toMatchObject({
      method: "GET",
      headers: { authorization: "Zoho-oauthtoken t0ken" },
    });
    expect(await new Response(ReadableStream.from(file.body)).text()).toBe("data");
  });

  it.each([
    ["no address", "", "NOT_FOUND"],
    ["a file name", "notes.txt", "NOT_FOUND"],
    ["plain http", "http://cliq.zoho.com/x", "NOT_FOUND"],
    ["another host", "https://evil.example/x", "FORBIDDEN"],
    ["a host that looks like ours", "https://cliq.zoho.com.evil.example/x", "FORBIDDEN"],
    ["another port", "https://cliq.zoho.com:8443/x", "FORBIDDEN"],
    ["this machine", "http://127.0.0.1/x", "NOT_FOUND"],
    ["the cloud's metadata", "http://169.254.169.254/latest", "NOT_FOUND"],
    ["a user in the address", "https://cliq.zoho.com@evil.example/x", "FORBIDDEN"],
  ] as const)("never calls %s, so no token leaves", async (_, url, code) => {
    const http = scriptedHttp(ok);
    await expect(fetchWith(http, { url })).rejects.toMatchObject(refused(code));
    expect(http.requests).toEqual([]);
  });

  it("checks every redirect like the first address", async () => {
    const away = (location: string): ScriptedHttp => scriptedHttp({ status: 302, headers: { location } }, ok);
    const within = away("/other?x=1");
    await fetchWith(within);
    expect(within.requests[1]?.url.href).toBe("https://cliq.zoho.com/other?x=1");
    const authorizations = within.requests.map(({ headers }) => headers?.["authorization"]);
    expect(authorizations).toEqual([expect.stringContaining("Zoho-oauthtoken "), undefined]);
    for (const location of [
      "https://evil.example/",
      "http://cliq.zoho.com/",
      "//evil.example/",
      "http://10.0.0.1/",
    ]) {
      const http = away(location);
      await expect(fetchWith(http)).rejects.toMatchObject({ name: "AttachmentError" });
      expect(http.requests).toHaveLength(1);
    }
    const circle = scriptedHttp({ status: 302, headers: { location: link } });
    await expect(fetchWith(circle)).rejects.toMatchObject(refused("FORBIDDEN"));
    expect(circle.requests).toHaveLength(4);
  });

  it("allows this machine only when the API itself is there, as a simulator is", async () => {
    const local = { url: "http://127.0.0.1:9001/f", baseUrl: "http://127.0.0.1:9000" };
    await expect(fetchWith(scriptedHttp(ok), local)).resolves.toBeDefined();
    await expect(fetchWith(scriptedHttp(ok), { ...local, url: "http://10.0.0.1/f" })).rejects.toBeDefined();
  });

  it("gets one fresh token after a 401", async () => {
    const refusals: string[] = [];
    const access = accessWith({
      get: async () => `t${refusals.length}`,
      invalidate: (token) => refusals.push(token) > 0,
    });
    await fetchWith(scriptedHttp({ status: 401 }, ok), { access });
    expect(refusals).toEqual(["t0"]);
    await expect(fetchWith(scriptedHttp({ status: 401 }))).rejects.toMatchObject(refused("FORBIDDEN"));
  });

  it("asks again after a login page, unless the token is too young to be the reason", async () => {
    const page = { status: 200, headers: { "content-type": "text/html" } };
    await expect(fetchWith(scriptedHttp(page, ok))).resolves.toMatchObject({ contentType: "image/png" });
    const young = accessWith({ get: async () => "t", invalidate: (_, minAgeMs = 0) => minAgeMs === 0 });
    const http = scriptedHttp(page, ok);
    await expect(fetchWith(http, { access: young })).rejects.toMatchObject(refused("FORBIDDEN"));
    expect(http.requests).toHaveLength(1);
  });

  it("sends no header when no credentials are set", async () => {
    const http = scriptedHttp(ok);
    await fetchWith(http, { access: undefined });
    expect(http.requests[0]?.headers).toEqual({});
  });

  it.each([
    ["permanent", "FORBIDDEN", "never"],
    ["transient", "TIMEOUT", "soon"],
  ] as const)("reports a %s failure of the token as %s", async (kind, code, retry) => {
    const error = new DeliveryError({ kind, reason: "auth", message: "no token" });
    const access = accessWith({ get: () => Promise.reject(error), invalidate: () => false });
    const http = scriptedHttp(ok);
    await expect(fetchWith(http, { access })).rejects.toMatchObject(refused(code, retry));
    expect(http.requests).toEqual([]);
  });

  it.each([
    [{ status: 403 }, "FORBIDDEN", "never"],
    [{ status: 404 }, "NOT_FOUND", "never"],
    [{ status: 410 }, "NOT_FOUND", "never"],
    [{ status: 413 }, "TOO_LARGE", "never"],
    [{ status: 400, text: '{"code":"attachment_access_time_expired"}' }, "EXPIRED", "never"],
    [{ status: 400, text: "{}" }, "NOT_FOUND", "never"],
    [{ status: 400, text: "You have exceeded the URL throttle limits." }, "TIMEOUT", "soon"],
    [{ status: 429 }, "TIMEOUT", "soon"],
    [{ status: 503 }, "TIMEOUT", "soon"],
    [{ status: 304 }, "TIMEOUT", "never"],
    [{ kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" }, "TIMEOUT", "soon"],
    [{ kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" }, "TIMEOUT", "soon"],
    [{ status: 200, headers: { "content-type": "text/html;charset=UTF-8" } }, "FORBIDDEN", "never"],
  ] as const)("reports %j to consumers", async (step, code, retry) => {
    await expect(fetchWith(scriptedHttp(step))).rejects.toMatchObject(refused(code, retry));
  });

  it("takes a web page for the file only when the message says that it is one", async () => {
    const page = scriptedHttp({ status: 200, headers: { "content-type": "text/html" } });
    await expect(fetchWith(page, { mime: "text/html" })).resolves.toBeDefined();
  });
});
