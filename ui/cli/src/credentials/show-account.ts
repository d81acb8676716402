import { type KeyRing, openCredentials } from "@mio/sealing";
import { type Account, readAccountHealth, readCredentials, type StoredCredentials } from "@mio/store";
import type { Io } from "../io.ts";
import { openCredentialStore, requireAccount } from "./open-credential-store.ts";

export interface ShownAccount {
  readonly account: { readonly id: string; readonly tenantId: string; readonly channelType: string };
  readonly health: { readonly state: string; readonly reason: string; readonly changedAt: string | null };
  /** Null if the account has no credentials and uses the settings of the channel. */
  readonly credentials: ShownCredentials | null;
}

interface ShownCredentials {
  readonly authKind: string;
  /** Null if no key is set or no key fits. */
  readonly names: readonly string[] | null;
  readonly expiresAt: string | null;
  readonly version: string;
  readonly keyVersion: number;
  readonly storedAt: string;
}

/** Returns an account's credentials without their values. */
export async function showAccount(io: Pick<Io, "env">, accountId: string): Promise<ShownAccount> {
  await using opened = await openCredentialStore(io);
  const account = await requireAccount(opened, accountId);
  const { pool } = opened.store;
  const row = await readCredentials(pool, account.id);
  const { state, reason, changedAt } = await readAccountHealth(pool, account.id);
  const { id, tenantId, channelType } = account;
  return {
    account: { id, tenantId, channelType },
    health: { state, reason, changedAt: changedAt?.toISOString() ?? null },
    credentials: row === undefined ? null : await toShown(row, account, opened.keyRing),
  };
}

async function toShown(
  row: StoredCredentials,
  account: Account,
  keyRing: KeyRing | undefined,
): Promise<ShownCredentials> {
  const opened = keyRing && (await openCredentials(keyRing, account, row).catch(() => undefined));
  return {
    authKind: row.authKind,
    names: opened === undefined ? null : Object.keys(opened.secrets).sort(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    version: row.version,
    keyVersion: row.keyVersion,
    storedAt: row.rotatedAt.toISOString(),
  };
}

/** The result as lines of text. */
export function describe({ account, health, credentials }: ShownAccount): readonly string[] {
  const trouble = health.reason === "" ? "" : ` (${health.reason})`;
  const since = health.changedAt === null ? "" : ` since ${health.changedAt}`;
  const lines: [string, string][] = [
    ["account", `${account.id}, ${account.channelType}`],
    ["health", `${health.state}${trouble}${since}`],
  ];
  if (credentials === null) lines.push(["credentials", "none; the account uses the settings of the channel"]);
  else
    lines.push(
      ["kind", credentials.authKind],
      [
        "secrets",
        credentials.names?.join(", ") ?? "cannot be opened: MIO_AGE_KEY_FILE is unset, or no identity fits",
      ],
      ["expires", credentials.expiresAt ?? "unknown or never"],
      ["stored", credentials.storedAt],
      ["version", credentials.version],
      ["key", String(credentials.keyVersion)],
    );
  return lines.map(([name, value]) => `${name.padEnd(12)} ${value}`);
}
