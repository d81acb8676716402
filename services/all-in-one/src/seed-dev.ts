import { ensureAccount, ensureTenant, migrate, openStore } from "@mio/store";

/** The tenant and accounts of local development, the same in every installation. */
export const devTenantId = "00000000-0000-7000-8000-000000000001";
export const devCliqAccountId = "00000000-0000-7000-8000-000000000002";
export const devSlackAccountId = "00000000-0000-7000-8000-000000000003";

export interface DevAccount {
  readonly id: string;
  readonly channelType: string;
  /** The platform's id of the workspace. */
  readonly externalId: string;
  readonly displayName: string;
}

/** Brings the schema up to date and adds the development tenant, with one account per simulated platform. */
export async function seedDev(dsn: string, accounts: readonly DevAccount[]): Promise<void> {
  await migrate({ dsn });
  await using store = await openStore({ dsn, maxConnections: 1, applicationName: "mio-seed" });
  await ensureTenant(store.pool, { id: devTenantId, slug: "dev", displayName: "Development" });
  for (const account of accounts) await ensureAccount(store.pool, { ...account, tenantId: devTenantId });
}
