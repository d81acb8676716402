import {
  DeliveryError,
  type HttpAnswer,
  type HttpClient,
  type HttpFailure,
  type HttpRequest,
  trimEndOf,
} from "@mio/channel-kit";
import type { CliqAccess } from "./cliq-access.ts";
import { isScopeProblem, toDeliveryError } from "./failure.ts";
import type { MultipartForm } from "./multipart.ts";

/** One call of Cliq's REST API, version 2. */
export interface CliqCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v2`; each segment is escaped. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Instead of `body`; called again if the call is repeated with a fresh token. */
  readonly form?: () => Promise<MultipartForm>;
  readonly signal: AbortSignal;
  /** A second call shows the same as one. */
  readonly repeatable: boolean;
  /** It changes an existing message. */
  readonly isChange?: boolean;
}

export interface CliqClient {
  /**
   * The answer, with a status below 300.
   *
   * @throws DeliveryError for everything else.
   */
  call(call: CliqCall): Promise<HttpAnswer>;
}

export interface CliqClientOptions {
  readonly access: CliqAccess;
  readonly http: HttpClient;
  /** With a longer deadline, for calls with files. */
  readonly uploads: HttpClient;
  readonly now: () => Date;
}

export function createCliqClient({ access, http, uploads, now }: CliqClientOptions): CliqClient {
  const attempt = async (call: CliqCall, token: string): Promise<HttpAnswer | HttpFailure> => {
    const request = await toRequest(call, { token, baseUrl: access.baseUrl() });
    return await (call.form === undefined ? http : uploads).call(request);
  };
  return {
    call: async (call) => {
      const first = await access.get(call.signal);
      let outcome = await attempt(call, first);
      if (isExpiredToken(outcome)) {
        access.invalidate(first);
        outcome = await attempt(call, await access.get(call.signal));
      }
      if (outcome.kind === "answer" && outcome.status >= 200 && outcome.status < 300) return outcome;
      throw toDeliveryError(outcome, { ...call, now: now() });
    },
  };
}

function isExpiredToken(outcome: HttpAnswer | HttpFailure): boolean {
  return outcome.kind === "answer" && outcome.status === 401 && !isScopeProblem(outcome);
}

async function toRequest(
  call: CliqCall,
  { token, baseUrl }: { readonly token: string; readonly baseUrl: URL },
): Promise<HttpRequest> {
  const { method, body, form, signal } = call;
  const headers = { authorization: `Zoho-oauthtoken ${token}`, accept: "application/json" };
  const request = { method, url: toUrl(baseUrl, call), signal };
  if (form !== undefined) {
    const { contentType, bytes, stream } = await form();
    const described = { ...headers, "content-type": contentType, "content-length": String(bytes) };
    return { ...request, headers: described, stream };
  }
  if (body === undefined) return { ...request, headers };
  return {
    ...request,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

function toUrl(baseUrl: URL, { path, query }: CliqCall): URL {
  const url = new URL(baseUrl);
  const segments = path.map(escapeSegment).join("/");
  url.pathname = `${trimEndOf(baseUrl.pathname, "/")}/api/v2/${segments}`;
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** NOTE: escaping does not change a dot segment, which would leave the adapter's path. */
function escapeSegment(segment: string): string {
  if (segment === "" || segment === "." || segment === ".." || !segment.isWellFormed()) {
    throw new DeliveryError({
      kind: "permanent",
      reason: "invalid",
      message: "The command names a channel, chat or message that cannot exist in Cliq.",
    });
  }
  return encodeURIComponent(segment);
}
