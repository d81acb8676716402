import type { Credentials, CredentialVault, Renewal } from "@mio/channel-kit";
import type { Semaphore } from "@mio/pacing";
import type { Logger } from "@mio/service-kit";
import { type Db, readCredentials, type Store, withCredentialLock } from "@mio/store";
import type { KeyRing } from "./key-ring.ts";
import { type Owner, openCredentials, sealCredentials } from "./seal-credentials.ts";
import { type RenewedCredentials, storeRenewed, type Unsaved } from "./unsaved.ts";

export interface SealedVaultDeps {
  readonly store: Pick<Store, "pool">;
  readonly keyRing: KeyRing;
  readonly unsaved: Unsaved;
  /** Bounds the connections in use while platforms are called. */
  readonly renewals: Pick<Semaphore, "run">;
  readonly logger: Logger;
}

/** A platform call takes at most eight seconds; a process that holds the lock for longer is gone or frozen. */
const holdMs = 10_000;
const waitMs = 12_000;

/** One account's credentials in Postgres, sealed; one process at a time renews them. */
export function createSealedVault(deps: SealedVaultDeps, owner: Owner): Omit<CredentialVault, "report"> {
  const { store, keyRing, unsaved, renewals, logger } = deps;

  const readFrom = async (db: Db): Promise<Credentials | undefined> => {
    const row = await readCredentials(db, owner.id);
    return row && openCredentials(keyRing, owner, row);
  };
  const askPlatform = async (held: Credentials | undefined, ask: Renewal["ask"]) => {
    const made = await ask(held);
    const sealed = await sealCredentials(keyRing, owner, { ...made, authKind: "oauth2" });
    const credentials = { ...made, version: sealed.version };
    return { staleVersion: held?.version, credentials, sealed };
  };
  const renew = async ({ staleVersion, ask }: Renewal): Promise<Credentials> => {
    let renewed: RenewedCredentials | undefined;
    const work = async (db: Db): Promise<Credentials> => {
      const held = await readFrom(db);
      if (held !== undefined && held.version !== staleVersion) return held;
      renewed = await askPlatform(held, ask);
      const outcome = await storeRenewed(db, owner.id, renewed);
      // An operator has set other credentials during the platform call; those win.
      const later = outcome === "superseded" ? await readFrom(db) : undefined;
      return later ?? renewed.credentials;
    };
    try {
      return await renewals.run(() => withCredentialLock(store, owner.id, { waitMs, holdMs, work }));
    } catch (error) {
      if (renewed === undefined) throw error;
      logger.warn({ err: error, account_id: owner.id }, "credentials.stored_later");
      unsaved.keep(owner.id, renewed);
      return renewed.credentials;
    }
  };
  return {
    read: async () => (await unsaved.settle(owner.id)) ?? readFrom(store.pool),
    renew: async (renewal) => {
      const own = await unsaved.settle(owner.id);
      return own !== undefined && own.version !== renewal.staleVersion ? own : renew(renewal);
    },
  };
}
