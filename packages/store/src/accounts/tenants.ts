import type { Db } from "../connection/store.ts";

export interface TenantSeed {
  readonly id: string;
  readonly slug: string;
  readonly displayName?: string;
}

export interface AccountSeed {
  readonly id: string;
  readonly tenantId: string;
  readonly channelType: string;
  readonly externalId: string;
  readonly displayName: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Creates the tenant unless its id or slug exists; never changes an existing one. */
export async function ensureTenant(db: Db, tenant: TenantSeed): Promise<void> {
  await db.query("INSERT INTO tenants (id, slug, display_name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", [
    tenant.id,
    tenant.slug,
    tenant.displayName ?? null,
  ]);
}

/** Creates the account unless it exists; never changes an existing one. */
export async function ensureAccount(db: Db, account: AccountSeed): Promise<void> {
  await db.query(
    `INSERT INTO accounts (id, tenant_id, channel_type, external_id, display_name, attributes)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [
      account.id,
      account.tenantId,
      account.channelType,
      account.externalId,
      account.displayName,
      JSON.stringify(account.attributes ?? {}),
    ],
  );
}
