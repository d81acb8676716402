import {
  type AccountAccess,
  type AttachmentError,
  type AttachmentFetcher,
  attachmentFailure,
  type FilePlatform,
  fetchFile,
  type HttpClient,
  type HttpDownload,
} from "@mio/channel-kit";
import type { CliqAccess } from "./cliq-access.ts";
import { isThrottle } from "./failure.ts";

export interface FetcherOptions {
  readonly http: HttpClient;
  /** Cliq's address as configured. */
  readonly baseUrl: URL;
  readonly hosts: ReadonlySet<string>;
  /** Absent if no credentials are configured; then only links that need none work. */
  readonly access: ((account: AccountAccess) => CliqAccess) | undefined;
}

/** A login page may also mean a missing scope, and Zoho gives few tokens: at most one a minute for it. */
const loginTokenAgeMs = 60_000;
/** How many characters of an error are read to find its reason. */
const refusalBytes = 512;

/** Fetches files from Cliq's hosts. */
export function createFetcher({ http, baseUrl, hosts, access }: FetcherOptions): AttachmentFetcher {
  const platform: FilePlatform = {
    http,
    hosts: { baseUrl, hosts, withApi: true },
    hostsSetting: "CLIQ_ATTACHMENT_HOSTS",
    authorization: (token) => `Zoho-oauthtoken ${token}`,
    loginTokenAgeMs,
    loginAdvice: "Cliq sent a login page instead of the file; the token lacks the scope to read it.",
    refusal,
  };
  return {
    fetch: (attachment, account, signal) =>
      fetchFile(platform, { attachment, tokens: access?.(account), signal }),
  };
}

async function refusal(download: HttpDownload): Promise<AttachmentError> {
  const { status } = download;
  const text = status === 400 ? await firstText(download) : "";
  const message = `Cliq answered ${status} for the file.`;
  if (status >= 500 || status === 408 || isThrottle({ status, text })) {
    return attachmentFailure("TIMEOUT", message, { retryable: true });
  }
  if (status === 400 && text.includes("attachment_access_time_expired"))
    return attachmentFailure("EXPIRED", message);
  if (status === 401 || status === 403) return attachmentFailure("FORBIDDEN", message);
  if (status === 413) return attachmentFailure("TOO_LARGE", message);
  if (status === 400 || status === 404 || status === 410) return attachmentFailure("NOT_FOUND", message);
  return attachmentFailure("TIMEOUT", message);
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
    // The text before the break is enough.
  }
  return text;
}
