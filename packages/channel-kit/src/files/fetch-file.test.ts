import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Attachment_ErrorCode, AttachmentSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { type ScriptedHttp, scriptedHttp } from "../contract/scripted-http.ts";
import { DeliveryError } from "../outbound/delivery-error.ts";
import type { TokenSource } from "../tokens/token-source.ts";
import type { FetchedAttachment } from "./attachment.ts";
import { attachmentFailure } from "./attachment-failure.ts";
import { type FilePlatform, fetchFile } from "./fetch-file.ts";

const link = "https://files.fax.test/f?x=1";
const page = { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, text: "<html>" };
const file = { status: 200, headers: { "content-type": "image/png", "content-length": "4" }, text: "data" };

interface Case {
  readonly attachment?: MessageInitShape<typeof AttachmentSchema>;
  readonly tokens?: TokenSource | undefined;
  readonly platform?: Partial<FilePlatform>;
}

/** Tokens t0, t1 and so on; records each rejected token with the minimum age. */
function countingTokens(isReplaced = true): TokenSource & { readonly refused: (readonly unknown[])[] } {
  const refused: (readonly unknown[])[] = [];
  return {
    refused,
    get: async () => `t${refused.length}`,
    invalidate: (...given) => refused.push(given) > 0 && isReplaced,
  };
}

function fetchWith(http: ScriptedHttp, given: Case = {}): Promise<FetchedAttachment> {
  const tokens = "tokens" in given ? given.tokens : countingTokens();
  const platform: FilePlatform = {
    http,
    hosts: { baseUrl: new URL("https://api.fax.test/"), hosts: new Set(["files.fax.test"]) },
    hostsSetting: "FAX_HOSTS",
    authorization: (token) => `Fax ${token}`,
    loginTokenAgeMs: 60_000,
    loginAdvice: "Fax wants a login.",
    refusal: ({ status }) => attachmentFailure("EXPIRED", `Fax answered ${status}.`),
    ...given.platform,
  };
  const attachment = create(AttachmentSchema, { url: link, ...given.attachment });
  return fetchFile(platform, { attachment, tokens, signal: new AbortController().signal });
}

function failed(code: keyof typeof Attachment_ErrorCode, retry = "never"): object {
  return { name: "AttachmentError", wireCode: Attachment_ErrorCode[code], retry };
}

const authorizations = ({ requests }: ScriptedHttp) =>
  requests.map(({ headers }) => headers?.["authorization"]);

describe("a file", () => {
  it("is opened with the token, without the fragment of its address", async () => {
    const http = scriptedHttp(file);
    const fetched = await fetchWith(http, { attachment: { url: `${link}#page=2` } });
    expect(fetched).toMatchObject({ contentType: "image/png", contentLength: 4 });
    expect(await new Response(ReadableStream.from(fetched.body)).text()).toBe("data");
    expect(http.requests.map(({ url }) => url.href)).toEqual([link]);
    expect(authorizations(http)).toEqual(["Fax t0"]);
  });

  it("is opened without a header when no credentials are configured", async () => {
    const http = scriptedHttp(file);
    await fetchWith(http, { tokens: undefined });
    expect(http.requests[0]?.headers).toEqual({});
  });

  it("has no known length when the answer is compressed or names none", async () => {
    const compressed = { ...file, headers: { ...file.headers, "content-encoding": "gzip" } };
    expect((await fetchWith(scriptedHttp(compressed))).contentLength).toBeUndefined();
    const odd = { ...file, headers: { "content-length": "4x" } };
    expect(await fetchWith(scriptedHttp(odd))).toMatchObject({ contentLength: undefined });
  });

  it("may be a web page if the message says so and the size fits", async () => {
    const sized = (length: string) => ({ ...page, headers: { ...page.headers, "content-length": length } });
    const attachment = { mime: "text/html", bytes: 6n };
    await expect(fetchWith(scriptedHttp(page), { attachment })).resolves.toBeDefined();
    await expect(fetchWith(scriptedHttp(sized("6")), { attachment })).resolves.toBeDefined();
    await expect(fetchWith(scriptedHttp(sized("9000")), { attachment })).rejects.toMatchObject(
      failed("FORBIDDEN"),
    );
  });
});

describe("an address", () => {
  it.each([
    ["", "NOT_FOUND"],
    ["notes.txt", "NOT_FOUND"],
    ["http://files.fax.test/f", "NOT_FOUND"],
    ["https://evil.test/f", "FORBIDDEN"],
  ] as const)("%j is rejected as %s before any request", async (url, code) => {
    const http = scriptedHttp(file);
    await expect(fetchWith(http, { attachment: { url } })).rejects.toMatchObject(failed(code));
    expect(http.requests).toEqual([]);
  });
});

describe("a redirect", () => {
  const to = (location: string): ScriptedHttp => scriptedHttp({ status: 302, headers: { location } }, file);

  it.each([301, 302, 303, 307, 308])("with status %i is followed without the token", async (status) => {
    const http = scriptedHttp({ status, headers: { location: "/other" } }, file);
    await fetchWith(http);
    expect(http.requests[1]?.url.href).toBe("https://files.fax.test/other");
    expect(authorizations(http)).toEqual(["Fax t0", undefined]);
  });

  it.each(["https://evil.test/", "//evil.test/", "http://files.fax.test/", "http://10.0.0.1/"])(
    "to %s is not followed",
    async (location) => {
      const http = to(location);
      await expect(fetchWith(http)).rejects.toMatchObject({ name: "AttachmentError" });
      expect(http.requests).toHaveLength(1);
    },
  );

  it("to another host names the setting, or the login where the platform redirects to it", async () => {
    const away = "https://login.fax.test/";
    await expect(fetchWith(to(away))).rejects.toThrow("FAX_HOSTS");
    const platform = { redirectsToLogin: true };
    await expect(fetchWith(to(away), { platform })).rejects.toThrow("Fax wants a login.");
  });

  it("in circles ends after three", async () => {
    const http = scriptedHttp({ status: 302, headers: { location: link } });
    await expect(fetchWith(http)).rejects.toMatchObject(failed("FORBIDDEN"));
    expect(http.requests).toHaveLength(4);
  });
});

describe("the token", () => {
  it.each([
    ["a 401", { status: 401 }, 0],
    ["a login page", page, 60_000],
  ])("is replaced once after %s", async (_, answer, minAgeMs) => {
    const tokens = countingTokens();
    const http = scriptedHttp(answer, file);
    await fetchWith(http, { tokens });
    expect(tokens.refused).toEqual([["t0", minAgeMs]]);
    expect(authorizations(http)).toEqual(["Fax t0", "Fax t1"]);
  });

  it("is not retried when it is too young to be the reason", async () => {
    const http = scriptedHttp(page, file);
    await expect(fetchWith(http, { tokens: countingTokens(false) })).rejects.toThrow("Fax wants a login.");
    expect(http.requests).toHaveLength(1);
  });

  it("is not replaced a second time", async () => {
    const http = scriptedHttp({ status: 401 });
    await expect(fetchWith(http)).rejects.toMatchObject(failed("EXPIRED"));
    expect(http.requests).toHaveLength(2);
  });

  it.each([
    ["permanent", "FORBIDDEN", "never"],
    ["transient", "TIMEOUT", "soon"],
  ] as const)("that fails as %s fails the file as %s", async (kind, code, retry) => {
    const error = new DeliveryError({ kind, reason: "auth", message: "no token" });
    const tokens: TokenSource = { get: () => Promise.reject(error), invalidate: () => false };
    await expect(fetchWith(scriptedHttp(file), { tokens })).rejects.toMatchObject(failed(code, retry));
  });
});

describe("a failed download", () => {
  it("fails with the platform's own verdict", async () => {
    await expect(fetchWith(scriptedHttp({ status: 410 }))).rejects.toMatchObject(failed("EXPIRED"));
  });

  it("is retried when the platform was not reached", async () => {
    const silence = { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" } as const;
    await expect(fetchWith(scriptedHttp(silence))).rejects.toMatchObject(failed("TIMEOUT", "soon"));
  });
});
