import { listCredentials, resealCredentials, type Store, type StoredCredentials } from "@mio/store";
import type { KeyRing } from "./key-ring.ts";
import { openCredentials } from "./seal-credentials.ts";

export interface Resealed {
  /** Accounts whose credentials are now sealed with the current key. */
  readonly resealed: readonly string[];
  /** Number of accounts that were already sealed with it. */
  readonly unchanged: number;
  /** Renewed by another process meanwhile; run again. */
  readonly changed: readonly string[];
  /** No key opens them, or they were sealed for another account. */
  readonly unreadable: readonly string[];
}

/**
 * Reseals all credentials with the current key, so that older keys can be retired. Processes keep running: versions
 * stay, and credentials renewed meanwhile are skipped. If nothing is `unreadable` or `changed`, only the current key
 * is needed.
 */
export async function resealAll(store: Pick<Store, "pool">, keyRing: KeyRing): Promise<Resealed> {
  const found: Record<Outcome, string[]> = { resealed: [], unchanged: [], changed: [], unreadable: [] };
  for (const row of await listCredentials(store.pool)) {
    found[await reseal(store, keyRing, row)].push(row.accountId);
  }
  return { ...found, unchanged: found.unchanged.length };
}

type Outcome = keyof Resealed;

async function reseal(
  { pool }: Pick<Store, "pool">,
  keyRing: KeyRing,
  row: StoredCredentials,
): Promise<Outcome> {
  const owner = { id: row.accountId, tenantId: row.tenantId };
  const opened = await openCredentials(keyRing, owner, row).catch(() => undefined);
  const plaintext = opened && (await keyRing.open(row.ciphertext));
  if (plaintext === undefined) return "unreadable";
  if (row.keyVersion === keyRing.currentVersion && (await keyRing.isCurrent(row.ciphertext))) {
    return "unchanged";
  }
  const { version } = row;
  const { currentVersion: keyVersion } = keyRing;
  const sealed = { version, keyVersion, ciphertext: await keyRing.seal(plaintext) };
  return (await resealCredentials(pool, row.accountId, sealed)) ? "resealed" : "changed";
}
