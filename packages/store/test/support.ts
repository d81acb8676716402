import { newId } from "@mio/envelope";
import { ConversationKind, type Message } from "@mio/proto";
import { aMessage, type TestDatabase, testDatabase } from "@mio/testkit";
import { ensureAccount, ensureTenant, migrate, openStore, type Store } from "../src/index.ts";

export interface StoreFixture extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly store: Store;
  readonly tenantId: string;
  readonly accountId: string;
  /** A draft of the fixture's account; each call returns a new event. */
  readonly draft: (overrides?: Partial<Message>) => { message: Message; containerKind: ConversationKind };
}

/** A migrated database with one tenant and one account. */
export async function storeFixture(): Promise<StoreFixture> {
  const database = await testDatabase({
    template: { name: "store", prepare: async (dsn) => void (await migrate({ dsn })) },
  });
  const store = await openStore({ dsn: database.dsn, maxConnections: 6, applicationName: "test" });
  const tenantId = newId();
  const accountId = newId();
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  await ensureAccount(store.pool, {
    id: accountId,
    tenantId,
    channelType: "zoho_cliq",
    externalId: "org-1",
    displayName: "Test",
  });
  return {
    database,
    store,
    tenantId,
    accountId,
    draft: (overrides = {}) => ({
      message: {
        ...aMessage({ tenantId, accountId, sourceMessageId: newId() }),
        id: "",
        conversationId: "",
        threadRootMessageId: "",
        ...overrides,
      },
      containerKind: ConversationKind.CHANNEL_PUBLIC,
    }),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
