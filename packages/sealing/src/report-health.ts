import type { CredentialVault } from "@mio/channel-kit";
import type { Logger } from "@mio/service-kit";
import { markHealthy, markReauthRequired, type Store } from "@mio/store";
import type { Owner } from "./seal-credentials.ts";

/** Writes an account's health for operators, and logs a line if the state changed. */
export function createReport(
  { store, logger }: { readonly store: Pick<Store, "pool">; readonly logger: Logger },
  { id, tenantId }: Owner,
): CredentialVault["report"] {
  const ids = { tenant_id: tenantId, account_id: id };
  return async (health) => {
    switch (health.state) {
      case "ok":
        if (await markHealthy(store.pool, id)) logger.info(ids, "credentials.accepted");
        return;
      case "reauth_required": {
        const { reason } = health;
        if (await markReauthRequired(store.pool, id, reason)) {
          logger.error({ ...ids, reason }, "credentials.reauth_required");
        }
        return;
      }
    }
  };
}
