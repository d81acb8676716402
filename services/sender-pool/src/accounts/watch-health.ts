import type { CredentialVault } from "@mio/channel-kit";
import type { Vaults } from "@mio/sealing";

/** Which accounts a platform refuses, as far as this process has tried. */
export interface Health {
  /** The same vaults; what they are told is noted. */
  readonly vaults: Vaults;
  readonly refusedAccounts: number;
}

/**
 * Counts the accounts whose credentials were refused last. A refused account is never blocked: each command tries again,
 * since somebody may have authorised Mio anew.
 */
export function watchHealth(vaults: Vaults): Health {
  const refused = new Set<string>();
  const watched = new WeakMap<CredentialVault, CredentialVault>();
  return {
    get refusedAccounts() {
      return refused.size;
    },
    vaults: (account) => {
      const vault = vaults(account);
      const known = watched.get(vault);
      if (known !== undefined) return known;
      const report: CredentialVault["report"] = (health) => {
        if (health.state === "ok") refused.delete(account.id);
        else refused.add(account.id);
        return vault.report(health);
      };
      const noted = { ...vault, report };
      watched.set(vault, noted);
      return noted;
    },
  };
}
