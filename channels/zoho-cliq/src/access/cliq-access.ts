import {
  type AccountAccess,
  type Credentials,
  type CredentialVault,
  createTokenSource,
  DeliveryError,
  type NewCredentials,
  type TokenSource,
} from "@mio/channel-kit";
import { centerOfApiDomain, inCenter } from "./data-centers.ts";
import { requestGrant, type TokenEndpoint } from "./token-endpoint.ts";
import { secretNames, vaultWithSetting } from "./vault-with-setting.ts";

/** An account's access to Cliq: its tokens, and the data centre that they are valid for. */
export interface CliqAccess extends TokenSource {
  /** Cliq's address according to the account's last token answer; before the first, the configured one. */
  baseUrl(): URL;
}

export interface AccessOptions {
  readonly endpoint: TokenEndpoint;
  readonly baseUrl: URL;
  readonly oauthUrl: URL;
  /** Used by accounts without their own. */
  readonly refreshToken: string | undefined;
}

/** Longer than a send takes, including retries. */
const leadMs = 5 * 60_000;

/** The access of one account, shared by all its callers. */
export function createCliqAccess(
  { vault }: Pick<AccountAccess, "vault">,
  options: AccessOptions,
): CliqAccess {
  const { endpoint, baseUrl, oauthUrl, refreshToken } = options;
  let apiDomain = "";
  const seen = <Seen extends Credentials | undefined>(credentials: Seen): Seen => {
    apiDomain = credentials?.secrets[secretNames.apiDomain] ?? apiDomain;
    return credentials;
  };

  const refresh = async (held: Credentials | undefined, signal: AbortSignal): Promise<NewCredentials> => {
    const secrets = held?.secrets ?? {};
    const used = secrets[secretNames.refreshToken] ?? refreshToken;
    if (used === undefined) throw notAuthorised();
    const url = inCenter(oauthUrl, centerOfApiDomain(secrets[secretNames.apiDomain] ?? ""));
    const form = { grant_type: "refresh_token", refresh_token: used };
    const grant = await requestGrant(endpoint, { url, form, signal });
    return {
      secrets: {
        ...secrets,
        [secretNames.refreshToken]: grant.refreshToken ?? used,
        [secretNames.accessToken]: grant.accessToken,
        ...(grant.apiDomain === undefined ? {} : { [secretNames.apiDomain]: grant.apiDomain }),
      },
      expiresAt: grant.expiresAt,
    };
  };

  const tokens = createTokenSource({
    vault: watched(vaultWithSetting(vault, refreshToken), seen),
    now: endpoint.now,
    tokenName: secretNames.accessToken,
    leadMs,
    refresh,
  });
  return { ...tokens, baseUrl: () => inCenter(baseUrl, centerOfApiDomain(apiDomain)) };
}

/** The vault, reporting the credentials that it returns. */
function watched(
  vault: CredentialVault,
  seen: <Seen extends Credentials | undefined>(credentials: Seen) => Seen,
): CredentialVault {
  return {
    read: async () => seen(await vault.read()),
    renew: async (renewal) => seen(await vault.renew(renewal)),
    report: (health) => vault.report(health),
  };
}

function notAuthorised(): DeliveryError {
  const message = "The account has no refresh token: authorise it, or set CLIQ_REFRESH_TOKEN.";
  return new DeliveryError({ kind: "permanent", reason: "refresh_failed", message });
}
