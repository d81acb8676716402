import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AttachmentError, type FetchedAttachment, type TokenSource } from "@mio/channel-kit";
import { accountUnderTest, type ScriptedHttp, scriptedHttp } from "@mio/channel-kit/contract";
import { Attachment_ErrorCode, AttachmentSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { silence, tokenUnderTest } from "../../test/scripted-slack.ts";
import { createFetcher } from "./attachments.ts";

const file = "https://files.slack.com/files-pri/T1-F1/a.pdf";

interface Given {
  readonly attachment?: MessageInitShape<typeof AttachmentSchema>;
  readonly tokens?: TokenSource;
  readonly baseUrl?: string;
}

function fetchWith(
  http: ScriptedHttp,
  { attachment, tokens = tokenUnderTest(), baseUrl = "https://slack.com/api/" }: Given = {},
): Promise<FetchedAttachment> {
  const hosts = new Set(["files.slack.com", "*.enterprise.slack.com"]);
  const fetcher = createFetcher({ http, baseUrl: new URL(baseUrl), hosts, tokensOf: () => tokens });
  const wanted = create(AttachmentSchema, { url: file, mime: "application/pdf", ...attachment });
  return fetcher.fetch(wanted, accountUnderTest(), new AbortController().signal);
}

async function failureOf(work: Promise<unknown>): Promise<AttachmentError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (error instanceof AttachmentError) return error;
  throw new Error("expected an AttachmentError", { cause: error });
}

const pdf = {
  status: 200,
  headers: { "content-type": "application/pdf", "content-length": "3" },
  text: "pdf",
};
const page = { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, text: "<html>Sign in" };

describe("a file", () => {
  it("is fetched with the account's token", async () => {
    const http = scriptedHttp(pdf);
    const fetched = await fetchWith(http);
    expect(fetched).toMatchObject({ contentType: "application/pdf", contentLength: 3 });
    let bytes = 0;
    for await (const chunk of fetched.body) bytes += chunk.length;
    expect(bytes).toBe(3);
    expect(http.requests[0]).toMatchObject({ headers: { authorization: "Bearer xoxb-secret" } });
  });

  it("may be a web page itself", async () => {
    const attachment = { mime: "text/html", bytes: 13n };
    await fetchWith(scriptedHttp({ ...page, headers: { ...page.headers, "content-length": "13" } }), {
      attachment,
    });
    const other = fetchWith(
      scriptedHttp({ ...page, headers: { ...page.headers, "content-length": "9000" } }),
      { attachment },
    );
    expect((await failureOf(other)).wireCode).toBe(Attachment_ErrorCode.FORBIDDEN);
  });

  it("follows redirects among Slack's hosts", async () => {
    const http = scriptedHttp(
      { status: 302, headers: { location: "https://acme.enterprise.slack.com/f" } },
      pdf,
    );
    await fetchWith(http);
    expect(http.requests.map(({ url }) => url.host)).toEqual([
      "files.slack.com",
      "acme.enterprise.slack.com",
    ]);
    expect(http.requests.map(({ headers }) => headers?.["authorization"])).toEqual([
      "Bearer xoxb-secret",
      undefined,
    ]);
  });
});

describe("the token", () => {
  it.each([
    ["another host", "https://evil.test/f", "FORBIDDEN"],
    ["a host that only looks like Slack's", "https://files.slack.com.evil.test/f", "FORBIDDEN"],
    ["a host whose name ends alike", "https://evilfiles.slack.com/f", "FORBIDDEN"],
    ["another port", "https://files.slack.com:8443/f", "FORBIDDEN"],
    ["an address with a password", "https://a:b@files.slack.com/f", "FORBIDDEN"],
    ["plain http", "http://files.slack.com/f", "NOT_FOUND"],
    ["this machine", "http://127.0.0.1/f", "NOT_FOUND"],
    ["no address", "", "NOT_FOUND"],
  ] as const)("does not go to %s", async (_, url, code) => {
    const http = scriptedHttp(pdf);
    const error = await failureOf(fetchWith(http, { attachment: { url } }));
    expect(error).toMatchObject({ wireCode: Attachment_ErrorCode[code], retry: "never" });
    expect(http.requests).toEqual([]);
  });

  it("does not follow a redirect elsewhere, which is where Slack's login is", async () => {
    const http = scriptedHttp({ status: 302, headers: { location: "https://acme.slack.com/?redir=x" } });
    expect((await failureOf(fetchWith(http))).message).toContain("files:read");
    expect(http.requests).toHaveLength(1);
    const circle = await failureOf(fetchWith(scriptedHttp({ status: 302, headers: { location: file } })));
    expect(circle.message).toContain("circles");
  });

  it("goes to this machine when Slack itself is played there", async () => {
    const http = scriptedHttp(pdf);
    await fetchWith(http, {
      attachment: { url: "http://127.0.0.1:9/f" },
      baseUrl: "http://127.0.0.1:8/api/",
    });
    expect(http.requests).toMatchObject([{ headers: { authorization: "Bearer xoxb-secret" } }]);
  });

  it.each([
    ["a 401", { status: 401 }, 0],
    ["the login page", page, 600_000],
  ])("is replaced once after %s", async (_, answer, minAgeMs) => {
    const asked: unknown[] = [];
    const tokens: TokenSource = {
      get: () => Promise.resolve(`t${asked.length}`),
      invalidate: (...given) => asked.push(given) > 0,
    };
    const http = scriptedHttp(answer, pdf);
    await fetchWith(http, { tokens });
    expect(asked).toEqual([["t0", minAgeMs]]);
    expect(http.requests.map(({ headers }) => headers?.["authorization"])).toEqual([
      "Bearer t0",
      "Bearer t1",
    ]);
  });
});

describe("a file that cannot be fetched", () => {
  it("because the token may not read files names the scope", async () => {
    const error = await failureOf(fetchWith(scriptedHttp(page)));
    expect(error).toMatchObject({ wireCode: Attachment_ErrorCode.FORBIDDEN, retry: "never" });
    expect(error.message).toContain("files:read");
  });

  it.each([
    [403, "FORBIDDEN", "never"],
    [404, "NOT_FOUND", "never"],
    [410, "EXPIRED", "never"],
    [413, "TOO_LARGE", "never"],
    [429, "TIMEOUT", "soon"],
    [500, "TIMEOUT", "soon"],
  ] as const)("with status %i is %s", async (status, code, retry) => {
    const error = await failureOf(fetchWith(scriptedHttp({ status })));
    expect(error).toMatchObject({ wireCode: Attachment_ErrorCode[code], retry });
  });

  it("because Slack is silent may be retried", async () => {
    expect(await failureOf(fetchWith(scriptedHttp(silence)))).toMatchObject({ retry: "soon" });
  });
});

describe("a file that arrives as an id only", () => {
  const stub = { url: "https://slack.com/api/files.info?file=F1", mime: "" };
  const info = {
    ok: true,
    file: {
      name: "a.pdf",
      mimetype: "application/pdf",
      size: 3,
      url_private: file,
      url_private_download: file,
    },
  };
  const json = (value: object) => ({ status: 200, text: JSON.stringify(value) });

  it("is looked up with the account's token, then fetched under its name", async () => {
    const http = scriptedHttp(json(info), pdf);
    expect(await fetchWith(http, { attachment: stub })).toMatchObject({
      contentType: "application/pdf",
      filename: "a.pdf",
    });
    expect(http.requests.map(({ url }) => url.href)).toEqual([
      "https://slack.com/api/files.info?file=F1",
      file,
    ]);
    expect(http.requests[0]).toMatchObject({ headers: { authorization: "Bearer xoxb-secret" } });
  });

  it.each([
    ["missing_scope", "FORBIDDEN", false],
    ["access_denied", "FORBIDDEN", false],
    ["file_not_found", "NOT_FOUND", false],
    ["ratelimited", "TIMEOUT", true],
  ] as const)("that Slack does not show for %s is %s", async (error, code, isTransient) => {
    const failed = await failureOf(fetchWith(scriptedHttp(json({ ok: false, error })), { attachment: stub }));
    expect(failed.wireCode).toBe(Attachment_ErrorCode[code]);
    expect(failed.retry).toBe(isTransient ? "soon" : "never");
    if (code === "FORBIDDEN") expect(failed.message).toContain("files:read");
  });

  it("is retried when Slack is unreachable, and refused if it has no address", async () => {
    const unreached = await failureOf(fetchWith(scriptedHttp(silence), { attachment: stub }));
    expect(unreached.retry).toBe("soon");
    const still = json({ ok: true, file: { id: "F1", file_access: "check_file_info" } });
    const failed = await failureOf(fetchWith(scriptedHttp(still), { attachment: stub }));
    expect(failed.wireCode).toBe(Attachment_ErrorCode.FORBIDDEN);
  });
});

it("keeps a voice clip as sound, which Slack sends as a video", async () => {
  const clip = { status: 200, headers: { "content-type": "video/mp4" }, text: "abc" };
  const fetched = await fetchWith(scriptedHttp(clip), { attachment: { mime: "audio/mp4" } });
  expect(fetched.contentType).toBe("audio/mp4");
});
