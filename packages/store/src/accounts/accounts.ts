import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { toClientConfig } from "../connection/connection.ts";
import { createSockets } from "../connection/sockets.ts";
import type { Db } from "../connection/store.ts";
import { toStoreError } from "../connection/store-error.ts";

/** One install on one platform, with the fields that routing and sending need. */
export interface Account {
  readonly id: string;
  readonly tenantId: string;
  readonly channelType: string;
  /** The platform's id of the workspace; empty if unknown. */
  readonly externalId: string;
  readonly displayName: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The account or its tenant is disabled. */
  readonly disabled: boolean;
  /** The install was started and not completed; routing skips it. */
  readonly pending: boolean;
  /** Operator's override; undefined means the channel's default rate. */
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

/** What the notification names; empty after a (re)connect. */
export interface AccountChange {
  /** The account whose credentials an operator has set. */
  readonly credentialsOf?: string;
}

/** Where to listen for account changes, and the callback. */
export interface AccountListening {
  readonly dsn: string;
  readonly onChange: (change: AccountChange) => void;
  /** Interval of the heartbeat query. Default 10 s. */
  readonly heartbeatMs?: number;
}

const heartbeatMsDefault = 10_000;
const heartbeatTimeoutMs = 5_000;
const closeGraceMs = 1_000;

/**
 * Calls `onChange` after every change of a tenant, account or install and after an operator sets credentials, and once
 * after each (re)connect, since a change may have been missed. Resolves when `signal` aborts.
 *
 * @throws MioError `store.unavailable` when the connection is lost or does not answer a heartbeat.
 */
export async function listenForAccountChanges(
  listening: AccountListening,
  signal: AbortSignal,
): Promise<void> {
  const { dsn, onChange, heartbeatMs = heartbeatMsDefault } = listening;
  const sockets = createSockets();
  const options = { dsn, applicationName: "mio-listen", sockets, queryTimeoutMs: heartbeatTimeoutMs };
  const client = new pg.Client(toClientConfig(options));
  const lost = Promise.withResolvers<never>();
  // Prevents an unhandled rejection if the connection ends before anything awaits it.
  lost.promise.catch(() => undefined);
  client.on("notification", ({ payload = "" }) => onChange(toChange(payload)));
  client.on("error", lost.reject);
  client.on("end", () => lost.reject(new Error("the listening connection ended")));
  try {
    await client.connect();
    await client.query("LISTEN mio_accounts_changed");
    onChange({});
    await Promise.race([lost.promise, keepAsking(client, heartbeatMs, signal)]);
  } catch (cause) {
    throw toStoreError(cause);
  } finally {
    client.end().catch(() => undefined);
    await sockets.closed(closeGraceMs);
  }
}

/** A connection that only listens sends nothing, so without queries a dead connection goes unnoticed. */
async function keepAsking(client: pg.Client, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await client.query("SELECT 1");
  }
}

/** The payload is a table name, or `credentials` followed by the account's id. */
function toChange(payload: string): AccountChange {
  const credentialsOf = /^credentials (.+)$/.exec(payload)?.[1];
  return credentialsOf === undefined ? {} : { credentialsOf };
}
