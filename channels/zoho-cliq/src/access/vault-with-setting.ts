import { createHash } from "node:crypto";
import type { Credentials, CredentialVault, NewCredentials } from "@mio/channel-kit";

/** Names of the secrets in an account's vault. */
export const secretNames = {
  refreshToken: "refresh_token",
  accessToken: "access_token",
  apiDomain: "api_domain",
  /** Identifies the CLIQ_REFRESH_TOKEN that the others come from; absent if the account itself was authorised. */
  fromSetting: "from_setting",
} as const;

/**
 * A vault in which the installation's refresh token replaces a missing one of the account. It stores what Zoho
 * returns for it, including a replaced refresh token, until the setting changes.
 */
export function vaultWithSetting(vault: CredentialVault, setting: string | undefined): CredentialVault {
  if (setting === undefined) return vault;
  const mark = fingerprint(setting);
  const fromSetting = { [secretNames.refreshToken]: setting, [secretNames.fromSetting]: mark };

  /** Credentials overruled by the setting keep their version, so that a renewal replaces them. */
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
