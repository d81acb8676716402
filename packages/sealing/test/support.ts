import type { NewCredentials } from "@mio/channel-kit";
import { newId } from "@mio/envelope";
import { systemClock } from "@mio/pacing";
import { createLogger } from "@mio/service-kit";
import { ensureAccount, ensureTenant, migrate, openStore, type Store } from "@mio/store";
import { type CapturedLogs, captureLogs, testDatabase } from "@mio/testkit";
import {
  createVaults,
  generateIdentityFile,
  type KeyRing,
  type Owner,
  openKeyRing,
  type Vaults,
} from "../src/index.ts";

export interface SealingFixture extends AsyncDisposable {
  readonly store: Store;
  readonly keyRing: KeyRing;
  readonly logs: CapturedLogs;
  addAccount(): Promise<Owner>;
  /** Simulates another process: separate connections and vaults. */
  openProcess(options?: {
    readonly keyRing?: KeyRing | undefined;
    readonly maxConnections?: number;
  }): Promise<Process>;
}

export interface Process {
  readonly store: Store;
  readonly vaults: Vaults;
}

/** A migrated database with a tenant, and a key. */
export async function sealingFixture(): Promise<SealingFixture> {
  const stack = new AsyncDisposableStack();
  const { dsn } = stack.use(
    await testDatabase({
      template: { name: "store", prepare: async (to) => void (await migrate({ dsn: to })) },
    }),
  );
  const open = async (maxConnections: number): Promise<Store> =>
    stack.use(await openStore({ dsn, maxConnections, applicationName: "test" }));
  const store = await open(4);
  const keyRing = await openKeyRing(await generateIdentityFile(new Date()));
  const logs = captureLogs();
  const logger = createLogger({ service: "test", level: "info", destination: logs.destination });
  const tenantId = newId();
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  return {
    store,
    keyRing,
    logs,
    addAccount: async () => {
      const id = newId();
      const account = { id, tenantId, channelType: "zoho_cliq", externalId: id, displayName: "Test" };
      await ensureAccount(store.pool, account);
      return { id, tenantId };
    },
    openProcess: async (options = {}) => {
      const own = await open(options.maxConnections ?? 4);
      const ring = "keyRing" in options ? options.keyRing : keyRing;
      return { store: own, vaults: createVaults({ store: own, keyRing: ring, clock: systemClock, logger }) };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export const secret = (value: string): NewCredentials => ({
  secrets: { access_token: value, refresh_token: `refresh ${value}` },
  expiresAt: new Date("2030-01-01T00:00:00Z"),
});
