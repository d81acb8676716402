import { DeliveryError, type HttpAnswer, type HttpClient, type HttpFailure } from "@mio/channel-kit";
import type { TokenSource } from "./credentials.ts";
import { isScopeProblem, toDeliveryError } from "./failure.ts";

/** One call of Cliq's REST API, version 2. */
export interface CliqCall {
  readonly method: "GET" | "POST" | "PUT";
  /** Below `/api/v2`; each segment is escaped. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  /** Doing it twice shows the same as doing it once. */
  readonly repeatable: boolean;
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
  readonly baseUrl: URL;
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly now: () => Date;
}

export function createCliqClient(options: CliqClientOptions): CliqClient {
  const { tokens, now } = options;
  return {
    call: async (call) => {
      const url = toUrl(options.baseUrl, call);
      const first = await tokens.get(call.signal);
      let outcome = await request(options.http, { url, call, token: first });
      if (isExpiredToken(outcome)) {
        tokens.invalidate(first);
        outcome = await request(options.http, { url, call, token: await tokens.get(call.signal) });
      }
      if (outcome.kind === "answer" && outcome.status >= 200 && outcome.status < 300) return outcome;
      throw toDeliveryError(outcome, { now: now(), repeatable: call.repeatable });
    },
  };
}

function isExpiredToken(outcome: HttpAnswer | HttpFailure): boolean {
  return outcome.kind === "answer" && outcome.status === 401 && !isScopeProblem(outcome);
}

function request(
  http: HttpClient,
  { url, call, token }: { readonly url: URL; readonly call: CliqCall; readonly token: string },
): Promise<HttpAnswer | HttpFailure> {
  const { method, body, signal } = call;
  const headers = { authorization: `Zoho-oauthtoken ${token}`, accept: "application/json" };
  if (body === undefined) return http.call({ method, url, headers, signal });
  const typed = { ...headers, "content-type": "application/json" };
  return http.call({ method, url, headers: typed, body: JSON.stringify(body), signal });
}

function toUrl(baseUrl: URL, { path, query }: CliqCall): URL {
  const url = new URL(baseUrl);
  const segments = path.map(escapeSegment).join("/");
  url.pathname = `${baseUrl.pathname.replace(/\/+$/, "")}/api/v2/${segments}`;
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** NOTE: a dot segment survives escaping and would walk out of the path that the adapter means. */
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
