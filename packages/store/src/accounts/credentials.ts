import type { Db } from "../connection/store.ts";

/** The secrets of one account as Postgres stores them: sealed, with a key that Postgres does not have. */
export interface SealedCredentials {
  readonly authKind: AuthKind;
  readonly ciphertext: Uint8Array;
  /** The number of the key that seals them. */
  readonly keyVersion: number;
  readonly expiresAt: Date | undefined;
  /** A UUID that changes with every change of the secrets. */
  readonly version: string;
}

/** How Mio authenticates: with tokens that it renews, or with one that does not expire. */
export type AuthKind = "oauth2" | "bot_token";

export interface StoredCredentials extends SealedCredentials {
  readonly accountId: string;
  readonly tenantId: string;
  /** When they were last stored or resealed. */
  readonly rotatedAt: Date;
}

interface CredentialRow {
  account_id: string;
  tenant_id: string;
  auth_kind: AuthKind;
  ciphertext: Buffer;
  key_version: number;
  expires_at: Date | null;
  version: string;
  rotated_at: Date;
}

const selectCredentials = `
SELECT c.account_id, a.tenant_id, c.auth_kind, c.ciphertext, c.key_version, c.expires_at, c.version, c.rotated_at
FROM credentials c JOIN accounts a ON a.id = c.account_id`;

/** Returns undefined if the account has no credentials of its own. */
export async function readCredentials(db: Db, accountId: string): Promise<StoredCredentials | undefined> {
  const { rows } = await db.query<CredentialRow>(`${selectCredentials} WHERE c.account_id = $1`, [accountId]);
  return rows[0] && toStored(rows[0]);
}

/** Returns the credentials of all accounts. */
export async function listCredentials(db: Db): Promise<readonly StoredCredentials[]> {
  const { rows } = await db.query<CredentialRow>(`${selectCredentials} ORDER BY c.account_id`);
  return rows.map(toStored);
}

/**
 * Replaces the credentials of version `staleVersion`; undefined means the account has none yet. Returns false,
 * without a change, if the account has other credentials by now. Sends no notification: processes reread credentials
 * when theirs expire.
 */
export async function replaceCredentials(
  db: Db,
  accountId: string,
  change: { readonly staleVersion: string | undefined; readonly sealed: SealedCredentials },
): Promise<boolean> {
  const { staleVersion, sealed } = change;
  const { rowCount } =
    staleVersion === undefined
      ? await db.query(
          `INSERT INTO credentials (account_id, auth_kind, ciphertext, key_version, expires_at, version)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id) DO NOTHING`,
          toValues(accountId, sealed),
        )
      : await db.query(
          `UPDATE credentials SET auth_kind = $2, ciphertext = $3, key_version = $4, expires_at = $5, version = $6,
             rotated_at = now()
           WHERE account_id = $1 AND version = $7`,
          [...toValues(accountId, sealed), staleVersion],
        );
  return rowCount === 1;
}

/**
 * Stores credentials that an operator entered, over any others. Marks the account healthy and notifies
 * `mio_accounts_changed`, so that sockets reconnect.
 */
export async function setCredentials(db: Db, accountId: string, sealed: SealedCredentials): Promise<void> {
  await db.query(
    `WITH stored AS (
       INSERT INTO credentials AS c (account_id, auth_kind, ciphertext, key_version, expires_at, version)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (account_id) DO UPDATE SET auth_kind = excluded.auth_kind, ciphertext = excluded.ciphertext,
         key_version = excluded.key_version, expires_at = excluded.expires_at, version = excluded.version,
         rotated_at = now()
       RETURNING account_id
     ), healed AS (
       UPDATE account_health h SET state = 'ok', reason = '', changed_at = now()
       FROM stored WHERE h.account_id = stored.account_id AND h.state <> 'ok'
     )
     SELECT pg_notify('mio_accounts_changed', 'credentials ' || account_id) FROM stored`,
    toValues(accountId, sealed),
  );
}

/** Reseals the same secrets with another key. Returns false if they have changed since they were read. */
export async function resealCredentials(
  db: Db,
  accountId: string,
  sealed: Pick<SealedCredentials, "version" | "ciphertext" | "keyVersion">,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE credentials SET ciphertext = $3, key_version = $4, rotated_at = now()
     WHERE account_id = $1 AND version = $2`,
    [accountId, sealed.version, Buffer.from(sealed.ciphertext), sealed.keyVersion],
  );
  return rowCount === 1;
}

function toValues(accountId: string, sealed: SealedCredentials): unknown[] {
  const { authKind, ciphertext, keyVersion, expiresAt, version } = sealed;
  return [accountId, authKind, Buffer.from(ciphertext), keyVersion, expiresAt ?? null, version];
}

function toStored(row: CredentialRow): StoredCredentials {
  return {
    accountId: row.account_id,
    tenantId: row.tenant_id,
    authKind: row.auth_kind,
    ciphertext: row.ciphertext,
    keyVersion: row.key_version,
    expiresAt: row.expires_at ?? undefined,
    version: row.version,
    rotatedAt: row.rotated_at,
  };
}
