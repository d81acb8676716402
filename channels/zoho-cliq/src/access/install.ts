import { DeliveryError, type InstallFlow, type NewCredentials } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { centerOfAccounts, centerOfLocation, inCenter, tokenPath } from "./data-centers.ts";
import { requestGrant, type TokenEndpoint } from "./token-endpoint.ts";
import { secretNames } from "./vault-with-setting.ts";

export interface InstallOptions {
  readonly endpoint: TokenEndpoint;
  readonly oauthUrl: URL;
  /** Comma-separated. */
  readonly scope: string;
}

/**
 * Authorises an account on Zoho's page, with a refresh token. One client serves all data centres if it is registered
 * for them; Zoho's answer names the account's.
 *
 * @see https://www.zoho.com/accounts/protocol/oauth/multi-dc/client-authorization.html
 */
export function createInstallFlow(options: InstallOptions): InstallFlow {
  return {
    authorizeUrl: ({ state, redirectUri }) =>
      authorizeUrl({ ...options, clientId: options.endpoint.client.clientId, state, redirectUri }),
    exchange: async ({ code, redirectUri, callback }, signal) =>
      await exchangeCode(options, { code, redirectUri, callback }, signal),
  };
}

/**
 * The page that asks the owner.
 *
 * @throws MioError `config.invalid` when the state or the redirect address is empty.
 */
function authorizeUrl(request: {
  readonly oauthUrl: URL;
  readonly clientId: string;
  readonly scope: string;
  readonly state: string;
  readonly redirectUri: string;
}): URL {
  const { oauthUrl, clientId, scope, state, redirectUri } = request;
  if (state === "" || redirectUri === "") {
    throw new MioError("config.invalid", "To authorise an account, give a state and a redirect address.");
  }
  const url = new URL(oauthUrl);
  url.pathname = url.pathname.replace(/\/token$/, "/auth");
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    scope,
    redirect_uri: redirectUri,
    access_type: "offline",
    prompt: "consent",
    state,
  }).toString();
  return url;
}

/** Exchanges the code for credentials, at the accounts server of the data centre in Zoho's answer. */
async function exchangeCode(
  { endpoint, oauthUrl }: Pick<InstallOptions, "endpoint" | "oauthUrl">,
  answer: Parameters<InstallFlow["exchange"]>[0],
  signal: AbortSignal,
): Promise<NewCredentials> {
  const { code, redirectUri, callback } = answer;
  if (code === "" || redirectUri === "") throw refused("Zoho sent no code.");
  const url = exchangeAddress(oauthUrl, callback);
  const form = { grant_type: "authorization_code", redirect_uri: redirectUri, code };
  const grant = await requestGrant(endpoint, { url, form, signal });
  if (grant.refreshToken === undefined) {
    throw refused("Zoho returned no refresh token; authorise again, with consent for offline access.");
  }
  return {
    secrets: {
      [secretNames.refreshToken]: grant.refreshToken,
      [secretNames.accessToken]: grant.accessToken,
      ...(grant.apiDomain === undefined ? {} : { [secretNames.apiDomain]: grant.apiDomain }),
    },
    expiresAt: grant.expiresAt,
  };
}

/**
 * NOTE: `accounts-server` comes through the owner's browser, so it only selects a known server; the client's secret
 * is sent to no other.
 */
function exchangeAddress(oauthUrl: URL, callback: URLSearchParams): URL {
  const named = centerOfAccounts(callback.get("accounts-server") ?? "");
  const center = named ?? centerOfLocation(callback.get("location") ?? "");
  const url = inCenter(oauthUrl, center);
  return url === oauthUrl ? url : new URL(tokenPath, url);
}

function refused(message: string): DeliveryError {
  return new DeliveryError({ kind: "permanent", reason: "refresh_failed", message });
}
