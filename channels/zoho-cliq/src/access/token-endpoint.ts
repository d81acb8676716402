import {
  DeliveryError,
  type HttpAnswer,
  type HttpClient,
  type HttpFailure,
  retryAfterMs,
} from "@mio/channel-kit";
import { z } from "zod";

export interface OauthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Zoho's answer to a code or a refresh token. */
export interface Grant {
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** Only for a code, or if Zoho replaced the refresh token. */
  readonly refreshToken: string | undefined;
  readonly apiDomain: string | undefined;
}

export interface TokenEndpoint {
  readonly http: HttpClient;
  readonly client: OauthClient;
  readonly now: () => Date;
}

export interface TokenRequest {
  readonly url: URL;
  readonly form: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

const clockSlackMs = 30_000;
const shortestLifeMs = 60_000;
/** Zoho's tokens expire after an hour; a longer lifetime is a misread unit. */
const longestLifeMs = 60 * 60_000;
/** Zoho names no delay when tokens are requested too often; it allows ten in ten minutes. */
const throttledMs = 60_000;

const token = z.string().regex(/^[\x21-\x7e]+$/);
const granted = z.object({
  access_token: token,
  refresh_token: token.optional().catch(undefined),
  expires_in: z.number().optional().catch(undefined),
  api_domain: z.string().optional().catch(undefined),
});

/**
 * Calls Zoho's token endpoint once.
 *
 * @throws DeliveryError `permanent`/`refresh_failed` when Zoho rejects it for good, else `transient`. It contains no
 * secret.
 */
export async function requestGrant(endpoint: TokenEndpoint, request: TokenRequest): Promise<Grant> {
  const { http, client, now } = endpoint;
  const credentials = { client_id: client.clientId, client_secret: client.clientSecret };
  const outcome = await http.call({
    method: "POST",
    url: request.url,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({ ...request.form, ...credentials }).toString(),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const json = outcome.kind === "answer" ? jsonOf(outcome.text) : undefined;
  const grant = granted.safeParse(json);
  if (outcome.kind !== "answer" || outcome.status !== 200 || !grant.success) {
    throw grantFailure(outcome, json, now());
  }
  const { access_token, refresh_token, expires_in = 3_600, api_domain } = grant.data;
  const lifeMs = Math.min(expires_in * 1_000 - clockSlackMs, longestLifeMs);
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    apiDomain: api_domain,
    expiresAt: new Date(now().getTime() + Math.max(lifeMs, shortestLifeMs)),
  };
}

function grantFailure(outcome: HttpAnswer | HttpFailure, json: unknown, now: Date): DeliveryError {
  if (outcome.kind !== "answer") {
    const reason = outcome.reason === "network" ? "network" : "timeout";
    const message = "Zoho's token endpoint was not reached.";
    return new DeliveryError({
      kind: "transient",
      reason,
      message,
      details: { networkCode: outcome.networkCode },
    });
  }
  const { status, headers } = outcome;
  const platformCode = codeOf(json);
  const details = { status, ...(platformCode === undefined ? {} : { platformCode }) };
  if (isPassing(outcome, platformCode)) {
    const waitMs =
      retryAfterMs(headers.get("retry-after"), now) ?? (isThrottle(outcome) ? throttledMs : undefined);
    const message = "Zoho's token endpoint is temporarily unable to return a token.";
    const retry = waitMs === undefined ? {} : { retryAfterMs: waitMs };
    return new DeliveryError({ kind: "transient", reason: "platform_down", message, ...retry, details });
  }
  const message = "Zoho rejects the refresh token; authorise Mio again, or set a new CLIQ_REFRESH_TOKEN.";
  return new DeliveryError({ kind: "permanent", reason: "refresh_failed", message, details });
}

function isPassing(answer: HttpAnswer, platformCode: string | undefined): boolean {
  const { status } = answer;
  return (
    status >= 500 || status === 408 || isThrottle(answer) || (status === 200 && platformCode === undefined)
  );
}

/** Zoho answers 400 "Access Denied" to too many token requests. */
function isThrottle({ status, text }: HttpAnswer): boolean {
  return status === 429 || /too many requests/i.test(text);
}

/** Zoho's error code, if it looks like one: never free text, which may quote the request. */
function codeOf(json: unknown): string | undefined {
  const error = typeof json === "object" && json !== null && "error" in json ? json.error : undefined;
  if (typeof error !== "string") return undefined;
  return /^[a-z][a-z0-9_. ]{0,63}$/i.test(error) ? error : "other";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
