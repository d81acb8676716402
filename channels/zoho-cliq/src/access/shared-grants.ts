import { DeliveryError } from "@mio/channel-kit";
import { createBoundedMap } from "@mio/pacing";
import { type Grant, requestGrant, type TokenEndpoint } from "./token-endpoint.ts";

/** What a refresh token has given, shared by all accounts that use it. */
export interface SharedGrants {
  /**
   * An access token for this refresh token. Zoho is asked once for all who ask, and not while another account has a
   * token that is fresh and not `stale`. A wait that Zoho asks for counts for all of them as well. Each account remembers
   * a refusal itself, until it gets other credentials.
   *
   * @throws DeliveryError as `requestGrant` does.
   */
  renew(renewal: GrantRenewal): Promise<Grant>;
}

export interface GrantRenewal {
  /** The token endpoint of the data centre. */
  readonly url: URL;
  readonly refreshToken: string;
  /** The access token that the account has and cannot use any more. */
  readonly stale: string | undefined;
}

export interface SharedGrantsOptions {
  readonly endpoint: TokenEndpoint;
  /** A token with less than this left is not passed on. */
  readonly freshMs: number;
}

/** As many accounts as a process keeps clients for. */
const maxRefreshTokens = 10_000;

interface Shared {
  grant: Grant | undefined;
  asking: Promise<Grant> | undefined;
  /** Zoho asked for a wait until then, in ms. */
  throttle: { readonly error: DeliveryError; readonly until: number } | undefined;
}

/**
 * Shares access tokens by their refresh token, within this process; the vaults keep them for other processes. Zoho gives
 * ten access tokens per refresh token in ten minutes, and the sixteenth active one ends the first.
 *
 * @see https://www.zoho.com/crm/developer/docs/api/v8/token-validity.html
 */
export function createSharedGrants({ endpoint, freshMs }: SharedGrantsOptions): SharedGrants {
  const known = createBoundedMap<string, Shared>(maxRefreshTokens);
  const now = (): number => endpoint.now().getTime();

  const sharedBy = ({ url, refreshToken }: GrantRenewal): Shared => {
    const key = JSON.stringify([url.href, endpoint.client.clientId, refreshToken]);
    const shared = known.get(key) ?? { grant: undefined, asking: undefined, throttle: undefined };
    known.set(key, shared);
    return shared;
  };

  const ask = async ({ url, refreshToken }: GrantRenewal, shared: Shared): Promise<Grant> => {
    const form = { grant_type: "refresh_token", refresh_token: refreshToken };
    try {
      // Without the signal of a caller: one that gives up leaves the others waiting.
      shared.grant = await requestGrant(endpoint, { url, form, signal: undefined });
      shared.throttle = undefined;
      return shared.grant;
    } catch (error) {
      const waitMs = waitAfter(error);
      if (error instanceof DeliveryError && waitMs > 0) shared.throttle = { error, until: now() + waitMs };
      throw error;
    } finally {
      shared.asking = undefined;
    }
  };

  return {
    renew: async (renewal) => {
      const shared = sharedBy(renewal);
      const { grant, throttle } = shared;
      const isFresh = grant !== undefined && grant.expiresAt.getTime() - now() >= freshMs;
      if (isFresh && grant.accessToken !== renewal.stale) return grant;
      if (throttle !== undefined && now() < throttle.until) throw stillThrottled(throttle, now());
      shared.asking ??= ask(renewal, shared);
      return await shared.asking;
    },
  };
}

/** How long no account asks after this failure. A network failure is left to the backoff of each account. */
function waitAfter(error: unknown): number {
  return error instanceof DeliveryError && typeof error.retry === "object" ? error.retry.afterMs : 0;
}

function stillThrottled({ error, until }: NonNullable<Shared["throttle"]>, now: number): DeliveryError {
  const { kind, reason, message, details } = error;
  return new DeliveryError({ kind, reason, message, retryAfterMs: until - now, ...(details && { details }) });
}
