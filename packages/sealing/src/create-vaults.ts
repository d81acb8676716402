import type { CredentialVault } from "@mio/channel-kit";
import type { Clock, Logger } from "@mio/service-kit";
import type { Store } from "@mio/store";
import { createGate } from "./gate.ts";
import type { KeyRing } from "./key-ring.ts";
import { createReport } from "./report-health.ts";
import type { Owner } from "./seal-credentials.ts";
import { createSealedVault } from "./sealed-vault.ts";
import { createUnsaved } from "./unsaved.ts";
import { createUnsealedVault } from "./unsealed-vault.ts";

/** Gives an account's vault, always the same one; costs nothing before it is used. */
export type Vaults = (account: Owner) => CredentialVault;

/** Disposing stores what a platform gave and Postgres has not got yet, as long as that takes a few seconds only. */
export type OwnedVaults = Vaults & AsyncDisposable;

export interface VaultsOptions {
  readonly store: Pick<Store, "pool">;
  /** Without it credentials live in the memory of this process, and each process renews its own. */
  readonly keyRing: KeyRing | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Vaults over Postgres. Make one for a process: it bounds how many connections wait for platforms. */
export function createVaults(options: VaultsOptions): OwnedVaults {
  const { store, keyRing } = options;
  // The other half of the connections goes on serving what needs no renewal.
  const gate = createGate(Math.max(1, Math.floor(store.pool.maxConnections / 2)));
  const unsaved = createUnsaved(options);
  const vaults = new Map<string, CredentialVault>();
  const vaultOf: Vaults = (account) => {
    const found = vaults.get(account.id);
    if (found !== undefined) return found;
    const kept =
      keyRing === undefined
        ? createUnsealedVault(store, account)
        : createSealedVault({ ...options, keyRing, unsaved, gate }, account);
    const vault = { ...kept, report: createReport(options, account) };
    vaults.set(account.id, vault);
    return vault;
  };
  return Object.assign(vaultOf, { [Symbol.asyncDispose]: () => unsaved[Symbol.asyncDispose]() });
}
