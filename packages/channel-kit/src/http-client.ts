import { deadline } from "./deadline.ts";
import { networkFailure } from "./network-failure.ts";
import { readCapped } from "./read-capped.ts";

export interface HttpClientOptions {
  readonly userAgent: string;
  /** How long one call may take, from the first byte out to the last byte in; downloads: until the headers. */
  readonly timeoutMs: number;
  /** Answers are cut at this size; `truncated` says so. Does not apply to downloads. */
  readonly maxResponseBytes: number;
  /** Replaces the platform's fetch, for tests. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Instead of `body`: bytes as they come. A `content-length` header tells the platform how many. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** Gives the call up; without one only the client's own deadline does. */
  readonly signal?: AbortSignal;
}

/** The platform answered, with whatever status. Redirects are answers: none is ever followed. */
export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body was longer than the cap, or broke off. */
  readonly truncated: boolean;
}

/**
 * No answer came.
 *
 * - `unsent`: the platform surely did not get the request (no address, refused, no TLS, given up before the start).
 * - `unanswered`: it may have got it (no answer in time, connection lost, given up under way).
 */
export interface HttpFailure {
  readonly kind: "unsent" | "unanswered";
  readonly reason: "network" | "timeout" | "aborted";
  /** The system's word for it, such as `ECONNREFUSED`; never text from the request. */
  readonly networkCode: string;
}

/** An answer whose body is still on the wire. The caller iterates it to the end, or cancels it. */
export interface HttpDownload {
  readonly kind: "download";
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  cancel(): Promise<void>;
}

/** Calls a platform. Never throws for what the network does, never logs, never repeats a call. */
export interface HttpClient {
  call(request: HttpRequest): Promise<HttpAnswer | HttpFailure>;
  /** Leaves the body unread. The request's signal also ends the body; the client's deadline does not. */
  download(request: HttpRequest): Promise<HttpDownload | HttpFailure>;
}

/**
 * An HTTP client for one platform over the runtime's fetch.
 *
 * It does not follow redirects, so credentials never travel to a host that the adapter did not name; and its
 * failures carry no url, header or body, so they are fit for logs.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return {
    call: async (request) => {
      using limit = deadline(request.signal, options.timeoutMs);
      const response = await send(options, request, limit.signal);
      if ("kind" in response) return response;
      const { text, truncated } = await readCapped(response, options.maxResponseBytes);
      return { kind: "answer", status: response.status, headers: response.headers, text, truncated };
    },
    download: async (request) => {
      using limit = deadline(request.signal, options.timeoutMs);
      const response = await send(options, request, limit.signal);
      if ("kind" in response) return response;
      limit.lift();
      return {
        kind: "download",
        status: response.status,
        headers: response.headers,
        body: response.body ?? emptyBody(),
        cancel: async () => await response.body?.cancel().catch(() => undefined),
      };
    },
  };
}

async function send(
  options: HttpClientOptions,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Response | HttpFailure> {
  const { url, method } = request;
  if (url.username !== "" || url.password !== "")
    return { kind: "unsent", reason: "network", networkCode: "ERR_URL_CREDENTIALS" };
  if (signal.aborted) return { kind: "unsent", reason: "aborted", networkCode: "ABORT_ERR" };
  const headers = toHeaders({ "user-agent": options.userAgent, ...request.headers });
  if (headers === undefined) return { kind: "unsent", reason: "network", networkCode: "ERR_INVALID_HEADER" };
  try {
    const fetch = options.fetch ?? globalThis.fetch;
    return await fetch(url, {
      method,
      headers,
      signal,
      redirect: "manual",
      ...toBody(request),
    });
  } catch (error) {
    return networkFailure(error, signal);
  }
}

function toBody({ body, stream }: HttpRequest): RequestInit {
  if (stream !== undefined) return { body: stream, duplex: "half" };
  return body === undefined ? {} : { body };
}

/** NOTE: the runtime's error for a bad header quotes its value, which may be a token; it is dropped here. */
function toHeaders(fields: Readonly<Record<string, string>>): Headers | undefined {
  try {
    return new Headers(fields);
  } catch {
    return undefined;
  }
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {
  // An answer without a body has nothing to yield.
}
