import {
  type AccountAccess,
  AttachmentError,
  type AttachmentFetcher,
  DeliveryError,
  type FetchedAttachment,
  type HttpClient,
  type HttpDownload,
} from "@mio/channel-kit";
import { type Attachment, Attachment_ErrorCode } from "@mio/proto";
import { isLoopback } from "../settings.ts";
import type { CliqAccess } from "./cliq-access.ts";
import { isThrottle } from "./failure.ts";

export interface FetcherOptions {
  readonly http: HttpClient;
  /** Cliq's address as configured. */
  readonly baseUrl: URL;
  readonly hosts: ReadonlySet<string>;
  /** Absent when no credentials are configured: then only links that need none work. */
  readonly access: ((account: AccountAccess) => CliqAccess) | undefined;
}

const maxRedirects = 3;
const loginTokenAgeMs = 60_000;
/** How much of a refusal is read to learn its reason. */
const refusalBytes = 512;

/**
 * Fetches files from Cliq's hosts. The token goes to the file's own address alone; a redirect is checked like that
 * address and followed without the token.
 */
export function createFetcher(options: FetcherOptions): AttachmentFetcher {
  return {
    fetch: async (attachment, account, signal) => {
      const access = options.access?.(account);
      let url = permitted(attachment.url, undefined, options);
      for (let hop = 0; hop <= maxRedirects; hop += 1) {
        const token = hop === 0 ? access : undefined;
        const download = await open(url, { attachment, signal, access: token, http: options.http });
        const location = isRedirect(download.status) ? download.headers.get("location") : null;
        if (location === null) return await accept(download, attachment);
        await download.cancel();
        url = permitted(location, url, options);
      }
      throw failure("FORBIDDEN", "The file's address redirects in circles.");
    },
  };
}

/** The address alone decides who gets the token, so it must be https and on the list. */
function permitted(address: string, base: URL | undefined, { baseUrl, hosts }: FetcherOptions): URL {
  const url = URL.parse(address, base);
  if (url === null) throw failure("NOT_FOUND", "The attachment has no usable address.");
  const isApiHost = url.host === baseUrl.host && url.protocol === baseUrl.protocol;
  const isLocal = isLoopback(baseUrl) && isLoopback(url);
  if (isApiHost || isLocal) return withoutFragment(url);
  if (url.protocol !== "https:") throw failure("NOT_FOUND", "The attachment's address is not https.");
  if (!hosts.has(url.hostname) || url.port !== "" || url.username !== "" || url.password !== "") {
    throw failure("FORBIDDEN", "The attachment's host is not in CLIQ_ATTACHMENT_HOSTS.");
  }
  return withoutFragment(url);
}

function withoutFragment(url: URL): URL {
  url.hash = "";
  return url;
}

interface Opening {
  readonly attachment: Attachment;
  readonly signal: AbortSignal;
  readonly access: CliqAccess | undefined;
  readonly http: HttpClient;
}

/** Asks again with a fresh token after a 401, or after the login page that Cliq may send instead. */
async function open(url: URL, { attachment, signal, access, http }: Opening): Promise<HttpDownload> {
  const token = await tokenOf(access, signal);
  const first = await request(url, { signal, token, http });
  if (token === undefined || access === undefined) return first;
  const isLogin = isLoginPage(first, attachment);
  if (first.status !== 401 && !isLogin) return first;
  // A login page may also mean a missing scope, and Zoho gives few tokens: so at most one a minute for that.
  if (!access.invalidate(token, isLogin ? loginTokenAgeMs : 0)) return first;
  await first.cancel();
  return await request(url, { signal, token: await tokenOf(access, signal), http });
}

async function tokenOf(access: CliqAccess | undefined, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await access?.get(signal);
  } catch (error) {
    const isFinal = error instanceof DeliveryError && error.kind === "permanent";
    const message = "No token could be had for the file.";
    if (isFinal) throw failure("FORBIDDEN", message, { cause: error });
    throw failure("TIMEOUT", message, { retryable: true, cause: error });
  }
}

async function request(
  url: URL,
  { signal, token, http }: { signal: AbortSignal; token: string | undefined; http: HttpClient },
): Promise<HttpDownload> {
  const headers = token === undefined ? {} : { authorization: `Zoho-oauthtoken ${token}` };
  const outcome = await http.download({ method: "GET", url, headers, signal });
  if (outcome.kind === "download") return outcome;
  throw failure("TIMEOUT", `The file was not reached (${outcome.networkCode}).`, { retryable: true });
}

async function accept(download: HttpDownload, attachment: Attachment): Promise<FetchedAttachment> {
  const { status, headers } = download;
  const contentType = headers.get("content-type") ?? undefined;
  if (status !== 200) throw await refusal(download);
  if (isLoginPage(download, attachment)) {
    await download.cancel();
    throw failure(
      "FORBIDDEN",
      "Cliq sent a login page instead of the file; the token lacks the scope to read it.",
    );
  }
  const length = headers.get("content-length");
  const contentLength = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  return { body: download.body, contentType, contentLength };
}

/** What a status other than 200 tells consumers. */
async function refusal(download: HttpDownload): Promise<AttachmentError> {
  const { status } = download;
  const text = status === 400 ? await firstText(download) : "";
  await download.cancel();
  const message = `Cliq answered ${status} for the file.`;
  if (status >= 500 || status === 408 || isThrottle({ status, text })) {
    return failure("TIMEOUT", message, { retryable: true });
  }
  if (status === 400 && text.includes("attachment_access_time_expired")) return failure("EXPIRED", message);
  if (status === 401 || status === 403) return failure("FORBIDDEN", message);
  if (status === 413) return failure("TOO_LARGE", message);
  if (status === 400 || status === 404 || status === 410) return failure("NOT_FOUND", message);
  return failure("TIMEOUT", message);
}

async function firstText({ body }: HttpDownload): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk.subarray(0, refusalBytes - text.length), { stream: true });
      if (text.length >= refusalBytes) break;
    }
  } catch {
    // What came before the break is enough to look at.
  }
  return text;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** A web page where no web page was posted. */
function isLoginPage({ status, headers }: HttpDownload, { mime }: Attachment): boolean {
  return status === 200 && isHtml(headers.get("content-type") ?? undefined) && !isHtml(mime);
}

function isHtml(contentType: string | undefined): boolean {
  return /^\s*text\/html\b/i.test(contentType ?? "");
}

function failure(
  wireCode: keyof typeof Attachment_ErrorCode,
  message: string,
  { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {},
): AttachmentError {
  return new AttachmentError({ wireCode: Attachment_ErrorCode[wireCode], message, retryable, cause });
}
