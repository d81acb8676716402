import pg from "pg";
import type { Db } from "./store.ts";

/** One install of one platform, with what routing and sending need to know. */
export interface Account {
  readonly id: string;
  readonly tenantId: string;
  readonly channelType: string;
  /** The platform's id of the workspace; empty when it is not known. */
  readonly externalId: string;
  readonly displayName: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Disabled itself, or its tenant is. */
  readonly disabled: boolean;
  /** Its install was started and not completed; it takes no part in routing. */
  readonly pending: boolean;
  /** Operator's override; undefined means the channel's own rate. */
  readonly rateLimitPerSecond: number | undefined;
  readonly rateLimitScope: string | undefined;
}

interface AccountRow {
  id: string;
  tenant_id: string;
  channel_type: string;
  external_id: string;
  display_name: string;
  attributes: Record<string, string>;
  disabled: boolean;
  pending: boolean;
  rate_limit_per_second: number | null;
  rate_limit_scope: string | null;
}

const selectAccount = `
SELECT a.id, a.tenant_id, a.channel_type, a.external_id, a.display_name, a.attributes,
       a.disabled_at IS NOT NULL OR t.disabled_at IS NOT NULL AS disabled,
       a.external_id LIKE 'pending:%'
         OR EXISTS (SELECT FROM installs i WHERE i.account_id = a.id AND i.state = 'pending') AS pending,
       a.rate_limit_per_second, a.rate_limit_scope
FROM accounts a JOIN tenants t ON t.id = a.tenant_id`;

/** The account with this id, disabled ones included. */
export async function findAccount(db: Db, accountId: string): Promise<Account | undefined> {
  const { rows } = await db.query<AccountRow>(`${selectAccount} WHERE a.id = $1`, [accountId]);
  return rows[0] === undefined ? undefined : toAccount(rows[0]);
}

/** Accounts of a channel that may receive: enabled, of an enabled tenant, installed. */
export async function listRoutableAccounts(db: Db, channelType: string): Promise<readonly Account[]> {
  const { rows } = await db.query<AccountRow>(`${selectAccount} WHERE a.channel_type = $1 ORDER BY a.id`, [
    channelType,
  ]);
  return rows.map(toAccount).filter((account) => !account.disabled && !account.pending);
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    channelType: row.channel_type,
    externalId: row.external_id,
    displayName: row.display_name,
    attributes: row.attributes,
    disabled: row.disabled,
    pending: row.pending,
    rateLimitPerSecond: row.rate_limit_per_second ?? undefined,
    rateLimitScope: row.rate_limit_scope ?? undefined,
  };
}

/** What is known of a change; nothing after a (re)connect. */
export interface AccountChange {
  /** The account whose credentials an operator has set. */
  readonly credentialsOf?: string;
}

/**
 * Calls back whenever a tenant, account or install changes anywhere or an operator sets credentials, and once after
 * each (re)connect, since a change may have been missed. Resolves when `signal` aborts; rejects when the connection is
 * lost.
 */
export async function listenForAccountChanges(
  dsn: string,
  onChange: (change: AccountChange) => void,
  signal: AbortSignal,
): Promise<void> {
  const client = new pg.Client({ connectionString: dsn, application_name: "mio-listen", keepAlive: true });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  client.on("notification", ({ payload = "" }) => onChange(toChange(payload)));
  client.on("error", reject);
  client.on("end", () => reject(new Error("the listening connection ended")));
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await client.connect();
    await client.query("LISTEN mio_accounts_changed");
    onChange({});
    if (!signal.aborted) await ended;
  } finally {
    signal.removeEventListener("abort", stop);
    ended.catch(() => {});
    await client.end().catch(() => {});
  }
}

/** The payload is the name of a table, after `credentials` with the account's id. */
function toChange(payload: string): AccountChange {
  const credentialsOf = /^credentials (.+)$/.exec(payload)?.[1];
  return credentialsOf === undefined ? {} : { credentialsOf };
}
