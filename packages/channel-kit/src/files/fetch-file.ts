import type { Attachment } from "@mio/proto";
import type { HttpClient } from "../http/http-client.ts";
import type { AnswerHeaders, HttpDownload } from "../http/http-message.ts";
import type { TokenSource } from "../tokens/token-source.ts";
import type { AttachmentError, FetchedAttachment } from "./attachment.ts";
import { attachmentFailure, tokenForFile } from "./attachment-failure.ts";
import { type FileHosts, judgeAddress } from "./file-hosts.ts";

/** How a platform gives out files. */
export interface FilePlatform {
  readonly http: HttpClient;
  readonly hosts: FileHosts;
  /** The name of the setting with the hosts, for error messages. */
  readonly hostsSetting: string;
  /** The value of the `authorization` header. */
  readonly authorization: (token: string) => string;
  /**
   * A login page replaces only a token of at least this age: it usually means a missing scope, which a fresh token
   * lacks as well.
   */
  readonly loginTokenAgeMs: number;
  /** What to do about a login page, for the error message. */
  readonly loginAdvice: string;
  /** The platform sends a login page as a redirect to a host that is not listed. */
  readonly redirectsToLogin?: boolean;
  /** The error for a status other than 200. It may read the body; the caller cancels the download. */
  readonly refusal: (download: HttpDownload) => AttachmentError | Promise<AttachmentError>;
}

export interface FileRequest {
  readonly attachment: Attachment;
  /** Absent where no credentials are configured: then only links that need none work. */
  readonly tokens: TokenSource | undefined;
  readonly signal: AbortSignal;
}

const maxRedirects = 3;

/**
 * Opens the download of a file. The token goes only to the file's own address. A redirect must pass the same host rules
 * and is followed without the token. After a 401 or a login page, one request with a fresh token follows.
 *
 * @throws AttachmentError with its wire code.
 */
export async function fetchFile(platform: FilePlatform, file: FileRequest): Promise<FetchedAttachment> {
  let url = permitted(platform, file.attachment.url, undefined);
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const download = hop === 0 ? await open(platform, url, file) : await request(platform, { url, file });
    const location = isRedirect(download.status) ? download.headers.get("location") : null;
    if (location === null) return await accept(platform, download, file.attachment);
    await download.cancel();
    url = permitted(platform, location, url);
  }
  throw attachmentFailure("FORBIDDEN", "The file's address redirects in circles.");
}

function permitted(platform: FilePlatform, address: string, base: URL | undefined): URL {
  const url = URL.parse(address, base);
  if (url === null) throw attachmentFailure("NOT_FOUND", "The attachment has no usable address.");
  url.hash = "";
  switch (judgeAddress(url, platform.hosts)) {
    case "allowed":
      return url;
    case "not_https":
      throw attachmentFailure("NOT_FOUND", "The attachment's address is not https.");
    case "has_credentials":
      throw attachmentFailure("FORBIDDEN", "The attachment's address contains credentials.");
    case "other_port":
      throw attachmentFailure("FORBIDDEN", "The attachment's address has a port other than that of https.");
    case "other_host": {
      const isLogin = base !== undefined && platform.redirectsToLogin === true;
      const message = `The attachment's host is not in ${platform.hostsSetting}.`;
      throw attachmentFailure("FORBIDDEN", isLogin ? platform.loginAdvice : message);
    }
  }
}

async function open(platform: FilePlatform, url: URL, file: FileRequest): Promise<HttpDownload> {
  const { tokens, attachment, signal } = file;
  if (tokens === undefined) return await request(platform, { url, file });
  const token = await tokenForFile(tokens, signal);
  const first = await request(platform, { url, file, token });
  const isLogin = isLoginPage(first, attachment);
  if (first.status !== 401 && !isLogin) return first;
  if (!tokens.invalidate(token, isLogin ? platform.loginTokenAgeMs : 0)) return first;
  await first.cancel();
  return await request(platform, { url, file, token: await tokenForFile(tokens, signal) });
}

async function request(
  { http, authorization }: FilePlatform,
  { url, file, token }: { readonly url: URL; readonly file: FileRequest; readonly token?: string },
): Promise<HttpDownload> {
  const headers = token === undefined ? {} : { authorization: authorization(token) };
  const outcome = await http.download({ method: "GET", url, headers, signal: file.signal });
  if (outcome.kind === "download") return outcome;
  const { refusedAddress } = outcome;
  if (refusedAddress !== undefined) {
    const message = `The address of the attachment's host is not public (${refusedAddress}).`;
    throw attachmentFailure("FORBIDDEN", message);
  }
  const message = `The file was not reached (${outcome.networkCode}).`;
  throw attachmentFailure("TIMEOUT", message, { retryable: true });
}

async function accept(
  platform: FilePlatform,
  download: HttpDownload,
  attachment: Attachment,
): Promise<FetchedAttachment> {
  const { status, headers, body } = download;
  if (status !== 200) {
    const error = await platform.refusal(download);
    await download.cancel();
    throw error;
  }
  if (isLoginPage(download, attachment)) {
    await download.cancel();
    throw attachmentFailure("FORBIDDEN", platform.loginAdvice);
  }
  const contentType = headers.get("content-type") ?? undefined;
  return { body, contentType, contentLength: lengthOf(headers) };
}

/** A web page instead of a file of another type, or one of another size than the file. */
function isLoginPage({ status, headers }: HttpDownload, { mime, bytes }: Attachment): boolean {
  if (status !== 200 || !isHtml(headers.get("content-type") ?? "")) return false;
  if (!isHtml(mime)) return true;
  const length = lengthOf(headers);
  return bytes > 0n && length !== undefined && BigInt(length) !== bytes;
}

function isHtml(contentType: string): boolean {
  return /^\s*text\/html\b/i.test(contentType);
}

function lengthOf(headers: AnswerHeaders): number | undefined {
  const length = headers.get("content-length");
  // NOTE: the length of a compressed answer is not that of the file.
  if (length === null || headers.get("content-encoding") !== null) return undefined;
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}
