import { createHash } from "node:crypto";
import type { Credentials, CredentialVault, NewCredentials } from "@mio/channel-kit";

/** Names of the secrets that an account's vault holds. */
export const secretNames = {
  refreshToken: "refresh_token",
  accessToken: "access_token",
  apiDomain: "api_domain",
  /** Tells which CLIQ_REFRESH_TOKEN the others come from; absent when the account was authorised by itself. */
  fromSetting: "from_setting",
} as const;

/**
 * A vault in which the installation's refresh token stands in for an account that has none of its own. What Zoho
 * gives for it is kept, a replaced refresh token too, until the setting changes: then the new setting counts.
 */
export function vaultWithSetting(vault: CredentialVault, setting: string | undefined): CredentialVault {
  if (setting === undefined) return vault;
  const mark = fingerprint(setting);
  const fromSetting = { [secretNames.refreshToken]: setting, [secretNames.fromSetting]: mark };

  /** Credentials that the setting overrules keep their version, so that a renewal replaces them. */
  const adapt = (held: Credentials): Credentials => {
    const origin = held.secrets[secretNames.fromSetting];
    const isOwn = origin === undefined && held.secrets[secretNames.refreshToken] !== undefined;
    if (isOwn || origin === mark) return held;
    return { version: held.version, secrets: fromSetting, expiresAt: undefined };
  };
  const none: Credentials = { version: "", secrets: fromSetting, expiresAt: undefined };

  return {
    read: async () => {
      const held = await vault.read();
      return held && adapt(held);
    },
    renew: ({ staleVersion, ask }) =>
      vault.renew({
        staleVersion,
        ask: (held): Promise<NewCredentials> => ask(held === undefined ? none : adapt(held)),
      }),
    report: (health) => vault.report(health),
  };
}

function fingerprint(secret: string): string {
  return createHash("sha256").update(`cliq-refresh-token:${secret}`).digest("base64url").slice(0, 16);
}
