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
import type { SharedGrants } from "./shared-grants.ts";
import { secretNames, vaultWithSetting } from "./vault-with-setting.ts";

/** An account's access to Cliq: its tokens, and the data centre that they are valid for. */
export interface CliqAccess extends TokenSource {
  /** Cliq's address according to the account's last token answer; before the first, the configured one. */
  baseUrl(): URL;
}

export interface AccessOptions {
  /** Shared by all accounts, since several may have the same refresh token. */
  readonly grants: SharedGrants;
  readonly now: () => Date;
  readonly baseUrl: URL;
  readonly oauthUrl: URL;
  /** Used by accounts without their own. */
  readonly refreshToken: string | undefined;
}

/** Longer than a send takes, including retries. */
const leadMs = 5 * 60_000;
/** A token with this much left is not due for renewal in any process. */
export const freshMs: number = leadMs * 1.2;

/** The access of one account, shared by all its callers. */
export function createCliqAccess(
  { vault }: Pick<AccountAccess, "vault">,
  options: AccessOptions,
): CliqAccess {
  const { grants, now, baseUrl, oauthUrl, refreshToken } = options;
  let apiDomain = "";
  const seen = <Seen extends Credentials | undefined>(credentials: Seen): Seen => {
    apiDomain = credentials?.secrets[secretNames.apiDomain] ?? apiDomain;
    return credentials;
  };

  const refresh = async (held: Credentials | undefined): Promise<NewCredentials> => {
    const secrets = held?.secrets ?? {};
    const used = secrets[secretNames.refreshToken] ?? refreshToken;
    if (used === undefined) throw notAuthorised();
    const url = inCenter(oauthUrl, centerOfApiDomain(secrets[secretNames.apiDomain] ?? ""));
    const stale = secrets[secretNames.accessToken];
    const grant = await grants.renew({ url, refreshToken: used, stale });
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
    now,
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
