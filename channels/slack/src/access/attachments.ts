import {
  type AccountAccess,
  type AttachmentError,
  type AttachmentFetcher,
  attachmentFailure,
  type FetchedAttachment,
  type FilePlatform,
  fetchFile,
  type HttpClient,
  type HttpDownload,
  type TokenSource,
} from "@mio/channel-kit";
import type { Attachment } from "@mio/proto";
import { fileOfLookup, type LookUp, lookUpFile } from "./file-lookup.ts";

export interface FetcherOptions {
  readonly http: HttpClient;
  readonly baseUrl: URL;
  /** Hosts that get the token, with the hosts below them. */
  readonly hosts: ReadonlySet<string>;
  readonly tokensOf: (account: AccountAccess) => TokenSource;
}

const loginTokenAgeMs = 600_000;

/** Fetches files from Slack's hosts. A file that arrived as nothing but an id is looked up first. */
export function createFetcher({ http, baseUrl, hosts, tokensOf }: FetcherOptions): AttachmentFetcher {
  const platform: FilePlatform = {
    http,
    hosts: { baseUrl, hosts, withSubdomains: true },
    hostsSetting: "SLACK_FILE_HOSTS",
    authorization: (token) => `Bearer ${token}`,
    loginTokenAgeMs,
    loginAdvice,
    redirectsToLogin: true,
    refusal,
  };
  return {
    fetch: async (wanted, account, signal) => {
      const tokens = tokensOf(account);
      const attachment = await located(wanted, { http, baseUrl, tokens, signal });
      const fetched = await fetchFile(platform, { attachment, tokens, signal });
      return described(fetched, attachment);
    },
  };
}

async function located(attachment: Attachment, lookUp: LookUp): Promise<Attachment> {
  const id = fileOfLookup(attachment.url);
  return id === undefined ? attachment : { ...attachment, ...(await lookUpFile(id, lookUp)) };
}

/** NOTE: Slack sends voice clips as videos. */
function described(fetched: FetchedAttachment, { mime, filename }: Attachment): FetchedAttachment {
  const isClip = fetched.contentType?.startsWith("video/") && mime.startsWith("audio/");
  return { ...fetched, contentType: isClip ? mime : fetched.contentType, filename };
}

const loginAdvice =
  "Slack sent its login page instead of the file; the bot token needs the scope files:read, and the bot access to the channel.";

function refusal({ status }: HttpDownload): AttachmentError {
  const message = `Slack answered ${status} for the file.`;
  if (status >= 500 || status === 408 || status === 429) {
    return attachmentFailure("TIMEOUT", message, { retryable: true });
  }
  if (status === 401 || status === 403) {
    return attachmentFailure("FORBIDDEN", `${message} The token needs the scope files:read.`);
  }
  if (status === 410) return attachmentFailure("EXPIRED", message);
  if (status === 413) return attachmentFailure("TOO_LARGE", message);
  return attachmentFailure("NOT_FOUND", message);
}
