import { randomBytes } from "node:crypto";
import type { CliqOauth } from "../types.ts";
import type { Answer } from "./answer.ts";

/** Zoho keeps at most this many live access tokens per refresh token and drops the oldest. */
const maxLiveTokens = 30;

/** Gives out and checks access tokens. */
export interface Tokens {
  /** Answers a token request; `form` holds query and body parameters. */
  grant(form: URLSearchParams): Answer;
  /** Whether an `Authorization` header carries a live token. */
  accepts(authorization: string | undefined): boolean;
  expireAll(): void;
}

/**
 * The refresh-token grant as Zoho answers it: refusals are 200 with `{"error"}`.
 *
 * @see https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html
 */
export function createTokens(options: {
  readonly oauth: CliqOauth;
  readonly lifetimeSeconds: number;
  readonly apiDomain: () => string;
  readonly now: () => Date;
}): Tokens {
  const { oauth, lifetimeSeconds, now } = options;
  const expiryOf = new Map<string, number>();

  const issue = (): string => {
    const token = `1000.${randomBytes(16).toString("hex")}.${randomBytes(16).toString("hex")}`;
    expiryOf.set(token, now().getTime() + lifetimeSeconds * 1_000);
    const oldest = expiryOf.keys().next().value;
    if (expiryOf.size > maxLiveTokens && oldest !== undefined) expiryOf.delete(oldest);
    return token;
  };

  return {
    grant(form) {
      const error = grantError(form, oauth);
      if (error) return { status: 200, body: { error } };
      const body = {
        access_token: issue(),
        scope: "ZohoCliq.Webhooks.CREATE ZohoCliq.Channels.READ ZohoCliq.Messages.ALL",
        api_domain: options.apiDomain(),
        token_type: "Bearer",
        expires_in: lifetimeSeconds,
      };
      return { status: 200, body };
    },
    accepts(authorization) {
      const token = /^(?:Zoho-oauthtoken|Bearer)\s+(\S+)$/i.exec(authorization ?? "")?.[1];
      const expiry = token === undefined ? undefined : expiryOf.get(token);
      return expiry !== undefined && now().getTime() < expiry;
    },
    expireAll: () => expiryOf.clear(),
  };
}

function grantError(form: URLSearchParams, oauth: CliqOauth): string | undefined {
  if (form.get("grant_type") !== "refresh_token") return "unsupported_grant_type";
  if (form.get("client_id") !== oauth.clientId) return "invalid_client";
  if (form.get("client_secret") !== oauth.clientSecret) return "invalid_client_secret";
  if (form.get("refresh_token") !== oauth.refreshToken) return "invalid_code";
  return undefined;
}
