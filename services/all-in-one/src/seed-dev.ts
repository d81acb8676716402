import { ensureAccount, ensureTenant, migrate, openStore } from "@mio/store";

/** The tenant and the account of local development; the same in every installation. */
export const devTenantId = "00000000-0000-7000-8000-000000000001";
export const devAccountId = "00000000-0000-7000-8000-000000000002";

/** Brings the schema up to date and adds the development tenant with one Cliq account. */
export async function seedDev(dsn: string, organizationId: string): Promise<void> {
  await migrate({ dsn });
  await using store = await openStore({ dsn, maxConnections: 1, applicationName: "mio-seed" });
  await ensureTenant(store.pool, { id: devTenantId, slug: "dev", displayName: "Development" });
  await ensureAccount(store.pool, {
    id: devAccountId,
    tenantId: devTenantId,
    channelType: "zoho_cliq",
    externalId: organizationId,
    displayName: "Cliq simulator",
  });
}
