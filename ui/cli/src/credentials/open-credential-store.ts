import { type KeyRing, openConfiguredKeyRing, sealingConfig } from "@mio/sealing";
import { loadConfig } from "@mio/service-kit";
import { type Account, findAccount, openStore, type Store, storeConfig } from "@mio/store";
import { z } from "zod";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";

const settings = z.object({ MIO_POSTGRES_DSN: storeConfig.MIO_POSTGRES_DSN, ...sealingConfig });

/** The database of the accounts and the keys, from the environment. */
export interface CredentialStore extends AsyncDisposable {
  readonly store: Store;
  /** Undefined if no key file is set. */
  readonly keyRing: KeyRing | undefined;
}

export async function openCredentialStore(io: Pick<Io, "env">, maxConnections = 2): Promise<CredentialStore> {
  const config = loadConfig(settings, io.env);
  const keyRing = await openConfiguredKeyRing(config);
  const dsn = config.MIO_POSTGRES_DSN.reveal();
  const store = await openStore({ dsn, maxConnections, applicationName: "mio-cli" });
  return { store, keyRing, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

export function requireKeyRing({ keyRing }: CredentialStore): KeyRing {
  if (keyRing !== undefined) return keyRing;
  throw new CliError("MIO_AGE_KEY_FILE is not set", {
    exitCode: exitCodes.usage,
    next: "set MIO_AGE_KEY_FILE to the file of age identities that all processes of Mio share; ./mio credentials keygen creates one",
  });
}

export async function requireAccount({ store }: CredentialStore, accountId: string): Promise<Account> {
  const account = await findAccount(store.pool, accountId);
  if (account !== undefined) return account;
  throw new CliError(`there is no account ${accountId}`, {
    next: "pass the UUID of an account: column id of table accounts",
  });
}
