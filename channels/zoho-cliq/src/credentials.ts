import {
  DeliveryError,
  type HttpAnswer,
  type HttpClient,
  type HttpFailure,
  retryAfterMs,
} from "@mio/channel-kit";
import { z } from "zod";

/** Gives access tokens. One is shared by all senders and fetchers of an installation. */
export interface TokenSource {
  /**
   * A token that is good for some minutes; many callers at once cause one refresh.
   *
   * @throws DeliveryError `permanent`/`refresh_failed` when Zoho refuses the refresh token, else `transient`.
   */
  get(signal: AbortSignal): Promise<string>;
  /**
   * Forgets a token that Cliq refused, unless it is younger than `minAgeMs`. Returns whether asking again gives
   * another one: then it was forgotten, or replaced already.
   */
  invalidate(token: string, minAgeMs?: number): boolean;
}

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

interface Token {
  readonly value: string;
  readonly since: number;
  readonly goodUntil: number;
}

/** A token is refreshed when it has less than this left. */
const leadMs = 5 * 60_000;
const clockSlackMs = 30_000;
const shortestLifeMs = 60_000;
/** Zoho's tokens live an hour; a longer promise is a misread unit. */
const longestLifeMs = 60 * 60_000;

const refreshed = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.number().optional().catch(undefined),
});

export function createTokenSource(options: {
  readonly credentials: Credentials;
  readonly url: URL;
  readonly http: HttpClient;
  readonly now: () => Date;
}): TokenSource {
  let current: Token | undefined;
  let refreshing: Promise<Token> | undefined;

  const refresh = (): Promise<Token> => {
    refreshing ??= requestToken(options)
      .then((token) => {
        current = token;
        return token;
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  };

  return {
    get: async (signal) => {
      const now = options.now().getTime();
      const held = current;
      if (held !== undefined && held.goodUntil - now > leadMs) return held.value;
      try {
        return (await orAborted(refresh(), signal)).value;
      } catch (error) {
        const stillGood = held !== undefined && held === current && held.goodUntil > now;
        if (stillGood && error instanceof DeliveryError && error.kind !== "permanent") return held.value;
        throw error;
      }
    },
    invalidate: (token, minAgeMs = 0) => {
      if (current?.value !== token) return true;
      if (options.now().getTime() - current.since < minAgeMs) return false;
      current = undefined;
      return true;
    },
  };
}

/** The refresh is everybody's, so a caller who gives up leaves it running. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void =>
    reject(
      new DeliveryError({
        kind: "transient",
        reason: "timeout",
        message: "Given up while waiting for a token.",
      }),
    );
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function requestToken(options: Parameters<typeof createTokenSource>[0]): Promise<Token> {
  const { credentials, url, http, now } = options;
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
    refresh_token: credentials.refreshToken,
  });
  const outcome = await http.call({
    method: "POST",
    url,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  const json = outcome.kind === "answer" ? jsonOf(outcome.text) : undefined;
  const token = refreshed.safeParse(json);
  if (outcome.kind !== "answer" || outcome.status !== 200 || !token.success)
    throw refreshFailure(outcome, json, now());
  const lifeMs = Math.min((token.data.expires_in ?? 3_600) * 1_000 - clockSlackMs, longestLifeMs);
  const since = now().getTime();
  return { value: token.data.access_token, since, goodUntil: since + Math.max(lifeMs, shortestLifeMs) };
}

function refreshFailure(outcome: HttpAnswer | HttpFailure, json: unknown, now: Date): DeliveryError {
  if (outcome.kind !== "answer") {
    const details = { networkCode: outcome.networkCode };
    const reason = outcome.reason === "network" ? "network" : "timeout";
    return new DeliveryError({
      kind: "transient",
      reason,
      message: "Zoho's token endpoint was not reached.",
      details,
    });
  }
  const { status, headers, text } = outcome;
  const error = errorOf(json);
  const details = { status, ...(error === undefined ? {} : { platformCode: error }) };
  const waitMs = retryAfterMs(headers.get("retry-after"), now);
  const retry = waitMs === undefined ? {} : { retryAfterMs: waitMs };
  // Zoho answers 400 "Access Denied" when tokens are asked for too often.
  if (
    status >= 500 ||
    status === 429 ||
    /too many requests/i.test(text) ||
    (status === 200 && error === undefined)
  ) {
    const message = "Zoho's token endpoint gave no token for now.";
    return new DeliveryError({ kind: "transient", reason: "platform_down", message, ...retry, details });
  }
  return new DeliveryError({
    kind: "permanent",
    reason: "refresh_failed",
    message: "Zoho refuses the refresh token; authorise Mio again and set CLIQ_REFRESH_TOKEN.",
    details,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(json: unknown): string | undefined {
  const error = typeof json === "object" && json !== null && "error" in json ? json.error : undefined;
  return typeof error === "string" ? error.slice(0, 64) : undefined;
}
