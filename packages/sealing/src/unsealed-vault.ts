import { type CredentialVault, createLocalVault } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { readCredentials, type Store } from "@mio/store";
import type { Owner } from "./seal-credentials.ts";

/**
 * One account's credentials in the memory of this process, used without a key. Rejects an account that has sealed
 * ones: the credentials of the settings would act for the wrong install.
 */
export function createUnsealedVault(
  { pool }: Pick<Store, "pool">,
  { id }: Owner,
): Omit<CredentialVault, "report"> {
  const local = createLocalVault();
  const refuseSealed = async (): Promise<void> => {
    if ((await readCredentials(pool, id)) === undefined) return;
    const message = "The account has sealed credentials, and this process has no key: set MIO_AGE_KEY_FILE.";
    throw new MioError("credentials.no_key", message, { details: { account_id: id } });
  };
  return {
    read: async () => {
      await refuseSealed();
      return local.read();
    },
    renew: (renewal) => local.renew(renewal),
  };
}
