import { randomBytes } from "node:crypto";
import { createBoundedMap } from "@mio/pacing";
import type { CliqOauth } from "../types.ts";
import type { Answer } from "./answer.ts";

/** Zoho keeps at most this many live access tokens per refresh token and drops the oldest. */
const maxLiveTokens = 30;

/** The faults of one grant. */
export interface GrantTrouble {
  /** The access token is expired from the start. */
  readonly isExpired?: boolean;
  /** A new refresh token replaces the used one. */
  readonly rotates?: boolean;
}

/** Issues and checks access tokens. */
export interface Tokens {
  /** Answers a token request; `form` holds query and body parameters. */
  grant(form: URLSearchParams, trouble?: GrantTrouble): Answer;
  /**
   * Marks a grant with this form as under way until `end`. If another grant with the same refresh token begins
   * meanwhile, the token is revoked and both fail.
   */
  beginRace(form: URLSearchParams): { readonly end: () => void };
  /** Whether an `Authorization` header has a valid token. */
  accepts(authorization: string | undefined): boolean;
  expireAll(): void;
}

/**
 * The refresh token grant as Zoho answers it: errors are 200 with `{"error"}`.
 *
 * @see https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html
 */
export function createTokens(options: {
  readonly oauth: CliqOauth;
  readonly lifetimeSeconds: number;
  readonly apiDomain: () => string;
  readonly rotates?: boolean;
  readonly now: () => Date;
}): Tokens {
  const { oauth, lifetimeSeconds, now } = options;
  const expiryOf = createBoundedMap<string, number>(maxLiveTokens);
  const refreshTokens = new Set([oauth.refreshToken]);
  const underWay = new Map<string, number>();

  const issue = (isExpired: boolean): string => {
    const token = `1000.${randomBytes(16).toString("hex")}.${randomBytes(16).toString("hex")}`;
    expiryOf.set(token, isExpired ? 0 : now().getTime() + lifetimeSeconds * 1_000);
    return token;
  };
  const rotate = (used: string): { readonly refresh_token: string } => {
    const next = `1000.${randomBytes(16).toString("hex")}.refresh`;
    refreshTokens.delete(used);
    refreshTokens.add(next);
    return { refresh_token: next };
  };

  return {
    grant(form, { isExpired = false, rotates = options.rotates ?? false } = {}) {
      const error = grantError(form, { oauth, refreshTokens });
      if (error) return { status: 200, body: { error } };
      const body = {
        access_token: issue(isExpired),
        ...(rotates ? rotate(form.get("refresh_token") ?? "") : {}),
        scope: "ZohoCliq.Webhooks.CREATE ZohoCliq.Channels.READ ZohoCliq.Messages.ALL",
        api_domain: options.apiDomain(),
        token_type: "Bearer",
        expires_in: lifetimeSeconds,
      };
      return { status: 200, body };
    },
    beginRace(form) {
      const token = form.get("refresh_token") ?? "";
      const others = underWay.get(token) ?? 0;
      underWay.set(token, others + 1);
      if (others > 0) refreshTokens.delete(token);
      return { end: () => void underWay.set(token, (underWay.get(token) ?? 1) - 1) };
    },
    accepts(authorization) {
      const token = /^(?:Zoho-oauthtoken|Bearer)\s+(\S+)$/i.exec(authorization ?? "")?.[1];
      const expiry = token === undefined ? undefined : expiryOf.peek(token);
      return expiry !== undefined && now().getTime() < expiry;
    },
    expireAll: () => expiryOf.clear(),
  };
}

function grantError(
  form: URLSearchParams,
  { oauth, refreshTokens }: { readonly oauth: CliqOauth; readonly refreshTokens: ReadonlySet<string> },
): string | undefined {
  if (form.get("grant_type") !== "refresh_token") return "unsupported_grant_type";
  if (form.get("client_id") !== oauth.clientId) return "invalid_client";
  if (form.get("client_secret") !== oauth.clientSecret) return "invalid_client_secret";
  if (!refreshTokens.has(form.get("refresh_token") ?? "")) return "invalid_code";
  return undefined;
}
