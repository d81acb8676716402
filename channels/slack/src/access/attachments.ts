import type {
  AccountAccess,
  AttachmentError,
  AttachmentFetcher,
  FetchedAttachment,
  HttpClient,
  HttpDownload,
  TokenSource,
} from "@mio/channel-kit";
import type { Attachment } from "@mio/proto";
import { isLoopback } from "../settings.ts";
import { failure, tokenForFile } from "./attachment-failure.ts";
import { fileOfLookup, type LookUp, lookUpFile } from "./file-lookup.ts";

export interface FetcherOptions {
  readonly http: HttpClient;
  readonly baseUrl: URL;
  /** Hosts that get the token, with the hosts below them. */
  readonly hosts: ReadonlySet<string>;
  readonly tokensOf: (account: AccountAccess) => TokenSource;
}

const maxRedirects = 3;
/** A login page nearly always means a missing scope, which a fresh token lacks too: so no young one is replaced for it. */
const loginTokenAgeMs = 600_000;

/**
 * Fetches files from Slack's hosts. The token goes to the file's own address alone; a redirect is checked like that
 * address and followed without the token.
 */
export function createFetcher(options: FetcherOptions): AttachmentFetcher {
  return {
    fetch: async (wanted, account, signal) => {
      const { http, baseUrl } = options;
      const tokens = options.tokensOf(account);
      const attachment = await located(wanted, { http, baseUrl, tokens, signal });
      const opening = { attachment, signal, http, tokens };
      let url = permitted(attachment.url, undefined, options);
      for (let hop = 0; hop <= maxRedirects; hop += 1) {
        const download = hop === 0 ? await open(url, opening) : await request(url, undefined, opening);
        const location = isRedirect(download.status) ? download.headers.get("location") : null;
        if (location === null) return await accept(download, attachment);
        await download.cancel();
        url = permitted(location, url, options);
      }
      throw failure("FORBIDDEN", "The file's address redirects in circles.");
    },
  };
}

/** A file that came as nothing but its id is looked up first. */
async function located(attachment: Attachment, lookUp: LookUp): Promise<Attachment> {
  const id = fileOfLookup(attachment.url);
  return id === undefined ? attachment : { ...attachment, ...(await lookUpFile(id, lookUp)) };
}

/** The address alone decides who gets the token, so it must be https and on the list. */
function permitted(address: string, base: URL | undefined, { baseUrl, hosts }: FetcherOptions): URL {
  const url = URL.parse(address, base);
  if (url === null) throw failure("NOT_FOUND", "The attachment has no usable address.");
  url.hash = "";
  if (isLoopback(baseUrl) && isLoopback(url)) return url;
  if (url.protocol !== "https:") throw failure("NOT_FOUND", "The attachment's address is not https.");
  if (url.port === "" && url.username === "" && url.password === "" && isListed(url.hostname, hosts))
    return url;
  if (base === undefined) throw failure("FORBIDDEN", "The attachment's host is not in SLACK_FILE_HOSTS.");
  throw failure("FORBIDDEN", loginAdvice);
}

function isListed(hostname: string, hosts: ReadonlySet<string>): boolean {
  const names = [...hosts].map((host) => host.replace(/^\*\./, ""));
  return names.some((name) => hostname === name || hostname.endsWith(`.${name}`));
}

interface Opening {
  readonly attachment: Attachment;
  readonly signal: AbortSignal;
  readonly http: HttpClient;
  readonly tokens: TokenSource;
}

/** Asks again with a fresh token after a 401, or after the login page that Slack sends instead. */
async function open(url: URL, opening: Opening): Promise<HttpDownload> {
  const { tokens, attachment } = opening;
  const token = await tokenForFile(tokens, opening.signal);
  const first = await request(url, token, opening);
  const isLogin = isLoginPage(first, attachment);
  if (first.status !== 401 && !isLogin) return first;
  if (!tokens.invalidate(token, isLogin ? loginTokenAgeMs : 0)) return first;
  await first.cancel();
  return await request(url, await tokenForFile(tokens, opening.signal), opening);
}

async function request(
  url: URL,
  token: string | undefined,
  { http, signal }: Opening,
): Promise<HttpDownload> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const outcome = await http.download({ method: "GET", url, headers, signal });
  if (outcome.kind === "download") return outcome;
  throw failure("TIMEOUT", `The file was not reached (${outcome.networkCode}).`, { retryable: true });
}

const loginAdvice =
  "Slack sent its login page instead of the file; the bot token needs the scope files:read, and the bot access to the channel.";

async function accept(download: HttpDownload, attachment: Attachment): Promise<FetchedAttachment> {
  const { status, headers, body } = download;
  if (status !== 200) {
    await download.cancel();
    throw refusal(status);
  }
  if (isLoginPage(download, attachment)) {
    await download.cancel();
    throw failure("FORBIDDEN", loginAdvice);
  }
  return {
    body,
    contentType: contentTypeOf(headers, attachment),
    contentLength: lengthOf(headers),
    filename: attachment.filename,
  };
}

/** NOTE: Slack sends voice clips as videos. */
function contentTypeOf(headers: Headers, { mime }: Attachment): string | undefined {
  const sent = headers.get("content-type") ?? undefined;
  return sent?.startsWith("video/") && mime.startsWith("audio/") ? mime : sent;
}

/** What a status other than 200 tells consumers. */
function refusal(status: number): AttachmentError {
  const message = `Slack answered ${status} for the file.`;
  if (status >= 500 || status === 408 || status === 429)
    return failure("TIMEOUT", message, { retryable: true });
  if (status === 401 || status === 403)
    return failure("FORBIDDEN", `${message} The token needs the scope files:read.`);
  if (status === 410) return failure("EXPIRED", message);
  if (status === 413) return failure("TOO_LARGE", message);
  return failure("NOT_FOUND", message);
}

/** A web page where none was posted, or one of another size than the page that was. */
function isLoginPage({ status, headers }: HttpDownload, { mime, bytes }: Attachment): boolean {
  if (status !== 200 || !isHtml(headers.get("content-type") ?? "")) return false;
  if (!isHtml(mime)) return true;
  const length = lengthOf(headers);
  return bytes > 0n && length !== undefined && BigInt(length) !== bytes;
}

function isHtml(contentType: string): boolean {
  return /^\s*text\/html\b/i.test(contentType);
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  // NOTE: the length of a compressed answer is not that of the file.
  if (length === null || headers.get("content-encoding") !== null) return undefined;
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}
