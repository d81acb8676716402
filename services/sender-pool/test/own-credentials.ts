import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateIdentityFile, openKeyRing, sealCredentials } from "@mio/sealing";
import { setCredentials } from "@mio/store";
import type { PoolFixture } from "./pool-fixture.ts";

/** A key, and what an operator does with it. */
export interface OwnCredentials extends AsyncDisposable {
  /** For the pool. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces the secrets of an account. */
  set(accountId: string, secrets: Readonly<Record<string, string>>): Promise<void>;
}

export async function openOwnCredentials({ store, tenantId }: PoolFixture): Promise<OwnCredentials> {
  const directory = await mkdtemp(join(tmpdir(), "mio-pool-key-"));
  const identities = await generateIdentityFile(new Date());
  const keyRing = await openKeyRing(identities);
  const keyFile = join(directory, "age.key");
  await writeFile(keyFile, identities);
  return {
    env: { MIO_AGE_KEY_FILE: keyFile },
    set: async (accountId, secrets) => {
      const authKind = "refresh_token" in secrets ? "oauth2" : "bot_token";
      const credentials = { secrets, expiresAt: undefined, authKind } as const;
      const sealed = await sealCredentials(keyRing, { id: accountId, tenantId }, credentials);
      await setCredentials(store.pool, accountId, sealed);
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}
