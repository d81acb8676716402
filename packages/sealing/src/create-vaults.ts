import type { CredentialVault } from "@mio/channel-kit";
import { type Clock, createSemaphore } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import type { Store } from "@mio/store";
import type { KeyRing } from "./key-ring.ts";
import { createReport } from "./report-health.ts";
import type { Owner } from "./seal-credentials.ts";
import { createSealedVault } from "./sealed-vault.ts";
import { createUnsaved } from "./unsaved.ts";
import { createUnsealedVault } from "./unsealed-vault.ts";

/** Returns an account's vault, always the same one. Does no I/O before its first use. */
export type Vaults = (account: Owner) => CredentialVault;

/** Disposing stores renewed credentials that Postgres does not have yet, for up to a few seconds. */
export type OwnedVaults = Vaults & AsyncDisposable;

export interface VaultsOptions {
  readonly store: Pick<Store, "pool">;
  /** Without it credentials live in the memory of this process, and each process renews its own. */
  readonly keyRing: KeyRing | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Vaults on Postgres. Create one per process: it bounds the connections that wait for platforms. */
export function createVaults(options: VaultsOptions): OwnedVaults {
  const { store, keyRing } = options;
  // The other half of the connections stays free for queries without a renewal.
  const renewals = createSemaphore(Math.max(1, Math.floor(store.pool.maxConnections / 2)));
  const unsaved = createUnsaved(options);
  const vaults = new Map<string, CredentialVault>();
  const vaultOf: Vaults = (account) => {
    const found = vaults.get(account.id);
    if (found !== undefined) return found;
    const kept =
      keyRing === undefined
        ? createUnsealedVault(store, account)
        : createSealedVault({ ...options, keyRing, unsaved, renewals }, account);
    const vault = { ...kept, report: createReport(options, account) };
    vaults.set(account.id, vault);
    return vault;
  };
  return Object.assign(vaultOf, { [Symbol.asyncDispose]: () => unsaved[Symbol.asyncDispose]() });
}
