import type { AccountAccess, HttpAnswer, HttpClient, HttpFailure, TokenSource } from "@mio/channel-kit";
import {
  type Logger,
  LogLevel,
  type WebAPICallResult,
  WebClient,
  type WebClientOptions,
} from "@slack/web-api";
import { refusedToken } from "./error-table.ts";
import { platformCodeOf, toDeliveryError } from "./failure.ts";

/** One call of a Web API method. */
export interface SlackCall<Answer extends WebAPICallResult> {
  /** Calls one method of the client, once. */
  readonly ask: (web: WebClient) => Promise<Answer>;
  readonly signal: AbortSignal;
  /** Doing it twice shows the same as doing it once. */
  readonly repeatable: boolean;
  /** It changes a message that is there. */
  readonly isChange?: boolean;
}

export interface SlackClient {
  /**
   * The answer, which says `ok`.
   *
   * @throws DeliveryError for everything else.
   */
  call<Answer extends WebAPICallResult>(call: SlackCall<Answer>): Promise<Answer>;
}

export interface SlackClientOptions {
  readonly baseUrl: URL;
  readonly http: HttpClient;
  readonly tokens: TokenSource;
  readonly now: () => Date;
  readonly account: AccountAccess;
}

/**
 * Slack's own client over our transport, with one fresh token after a refused one.
 *
 * NOTE: the library cannot be given a caller's signal and turns failures into text. So each call has a client of its
 * own, whose `fetch` keeps the outcome of the call: that outcome alone decides what the failure means, and nothing the
 * library says about it, which may quote the request, goes any further.
 */
export function createSlackClient(options: SlackClientOptions): SlackClient {
  const { tokens, now } = options;
  const health = createHealth(options.account);
  const once = async <Answer extends WebAPICallResult>(
    call: SlackCall<Answer>,
    token: string,
  ): Promise<Answer> => {
    const wire = createWire(options.http, call.signal);
    try {
      return await call.ask(
        new WebClient(token, { ...settings, slackApiUrl: options.baseUrl.href, fetch: wire.fetch }),
      );
    } catch (error) {
      const outcome = wire.outcome();
      if (outcome === undefined) throw error;
      throw toDeliveryError(outcome, { ...call, now: now() });
    }
  };
  const withFreshToken = async <Answer extends WebAPICallResult>(
    call: SlackCall<Answer>,
  ): Promise<Answer> => {
    const token = await tokens.get(call.signal);
    try {
      return await once(call, token);
    } catch (error) {
      const code = platformCodeOf(error);
      if (code === undefined || !refusedToken.has(code) || !tokens.invalidate(token)) throw error;
      return await once(call, await tokens.get(call.signal));
    }
  };
  return { call: (call) => health.watch(withFreshToken(call)) };
}

/** Knows nothing of the call's text: the library writes whole requests into its log. */
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

const settings: WebClientOptions = {
  logger: silent,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  allowAbsoluteUrls: false,
};

type Fetch = NonNullable<WebClientOptions["fetch"]>;

/** The way of one call, and what became of it. */
interface Wire {
  readonly fetch: Fetch;
  outcome(): HttpAnswer | HttpFailure | undefined;
}

function createWire(http: HttpClient, signal: AbortSignal): Wire {
  let seen: HttpAnswer | HttpFailure | undefined;
  return {
    fetch: async (url, init = {}) => {
      const body = typeof init.body === "string" ? { body: init.body } : {};
      const headers = init.headers ?? {};
      seen = await http.call({ method: "POST", url: new URL(url), headers, signal, ...body });
      if (seen.kind !== "answer") throw new Error(seen.networkCode);
      return toResponse(seen, String(url));
    },
    outcome: () => seen,
  };
}

function toResponse({ status, headers, text }: HttpAnswer, url: string): Awaited<ReturnType<Fetch>> {
  const bytes = (): ArrayBuffer => new TextEncoder().encode(text).buffer;
  return {
    ok: status >= 200 && status < 300,
    status,
    statusText: "",
    url,
    headers,
    text: () => Promise.resolve(text),
    json: () => Promise.resolve(JSON.parse(text)),
    arrayBuffer: () => Promise.resolve(bytes()),
  };
}

interface Health {
  watch<Answer>(call: Promise<Answer>): Promise<Answer>;
}

/** Tells the vault when Slack no longer takes the account's token, and when it does again. */
function createHealth({ vault }: AccountAccess): Health {
  let reported = false;
  const report = async (reason: string | undefined): Promise<void> => {
    reported = reason !== undefined;
    const health =
      reason === undefined ? ({ state: "ok" } as const) : ({ state: "reauth_required", reason } as const);
    // What becomes of the message does not depend on whether operators could be told.
    await vault.report(health).catch(() => undefined);
  };
  return {
    watch: async (call) => {
      try {
        const answer = await call;
        if (reported) await report(undefined);
        return answer;
      } catch (error) {
        const code = platformCodeOf(error);
        if (code !== undefined && refusedToken.has(code)) await report(code);
        throw error;
      }
    },
  };
}
