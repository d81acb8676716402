import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "@mio/envelope";
import { Attachment_ErrorCode as Code } from "@mio/proto";
import { generateIdentityFile, openKeyRing, sealCredentials } from "@mio/sealing";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { ensureAccount, ensureTenant, migrate, openStore, type Store, setCredentials } from "@mio/store";
import { testDatabase } from "@mio/testkit";
import { expect, test } from "vitest";
import { expectEnriched, openVault, type Vault } from "./vault-fixture.ts";

interface World extends AsyncDisposable {
  readonly vault: Vault;
  readonly store: Store;
  readonly cliq: CliqSimulator;
  readonly tenantId: string;
  /** Adds an account of the tenant with its own refresh token. */
  anAccount(refreshToken: string): Promise<string>;
  /** The address of a file posted in Cliq. */
  readonly url: string;
}

/** The media vault with a database and a key; its settings have no refresh token. */
async function openWorld(): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const cliq = opening.use(await startCliqSimulator());
  const prepare = async (dsn: string) => void (await migrate({ dsn }));
  const { dsn } = opening.use(await testDatabase({ template: { name: "store", prepare } }));
  const store = opening.use(await openStore({ dsn, maxConnections: 2, applicationName: "test" }));
  const directory = await mkdtemp(join(tmpdir(), "mio-vault-key-"));
  opening.defer(() => rm(directory, { recursive: true }));
  const identities = await generateIdentityFile(new Date());
  const keyFile = join(directory, "age.key");
  await writeFile(keyFile, identities);
  const { oauth, apiBaseUrl, oauthUrl, bot } = cliq;
  const env = {
    MIO_POSTGRES_DSN: dsn,
    MIO_AGE_KEY_FILE: keyFile,
    CLIQ_API_BASE_URL: apiBaseUrl,
    CLIQ_OAUTH_URL: oauthUrl,
    CLIQ_CLIENT_ID: oauth.clientId,
    CLIQ_CLIENT_SECRET: oauth.clientSecret,
    CLIQ_BOT_NAME: bot.uniqueName,
  };
  const vault = opening.use(await openVault({ env }));
  const tenantId = newId();
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  const keyRing = await openKeyRing(identities);
  const bytes = Buffer.from("a holiday");
  await cliq.postFile({ chat: "general", user: "Ana", name: "sea.jpg", mime: "image/jpeg", bytes });
  const token = cliq.messages("general")[0]?.file?.token ?? "";
  const opened = opening.move();
  return {
    vault,
    store,
    cliq,
    tenantId,
    anAccount: async (refreshToken) => {
      const id = newId();
      const account = { id, tenantId, channelType: "zoho_cliq", externalId: id, displayName: "Test" };
      await ensureAccount(store.pool, account);
      const credentials = { secrets: { refresh_token: refreshToken }, expiresAt: undefined };
      const sealed = await sealCredentials(keyRing, account, { ...credentials, authKind: "oauth2" });
      await setCredentials(store.pool, id, sealed);
      return id;
    },
    url: new URL(`/api/v2/files/${token}`, apiBaseUrl).href,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

test("fetches a file with the credentials of the message's account", async () => {
  await using world = await openWorld();
  const { vault, cliq, tenantId, url } = world;
  const accountId = await world.anAccount(cliq.oauth.refreshToken);
  const sent = { tenantId: tenantId.toUpperCase(), accountId, attachments: [{ url }] };
  const message = await vault.publish(sent);
  const [enriched] = await expectEnriched(vault, [message.id]);
  expect(enriched?.attachments[0]?.errorCode).toBe(Code.OK);
  expect((await vault.stored())[0]?.metadata).toMatchObject({ tenant_id: tenantId, account_id: accountId });
});

test("marks a refused account, and does not use another account's credentials for it", async () => {
  await using world = await openWorld();
  const { vault, store, cliq, tenantId, url } = world;
  const good = await world.anAccount(cliq.oauth.refreshToken);
  const refused = await world.anAccount("1000.revoked");
  const first = await vault.publish({ tenantId, accountId: good, attachments: [{ url }] });
  await expectEnriched(vault, [first.id]);
  const second = await vault.publish({ tenantId, accountId: refused, attachments: [{ url }] });
  const messages = await expectEnriched(vault, [first.id, second.id]);
  const codes = messages.map(({ attachments }) => attachments[0]?.errorCode);
  expect(codes[0]).toBe(Code.OK);
  expect(codes[1]).not.toBe(Code.OK);
  const { rows } = await store.pool.query("SELECT account_id, state FROM account_health");
  expect(rows).toEqual([{ account_id: refused, state: "reauth_required" }]);
});

test("fetches a message of an unknown account without credentials", async () => {
  await using world = await openWorld();
  const { vault, cliq, tenantId, url } = world;
  const accountId = await world.anAccount(cliq.oauth.refreshToken);
  const unknown = await vault.publish({ tenantId, accountId: newId(), attachments: [{ url }] });
  await expectEnriched(vault, [unknown.id]);
  const foreign = await vault.publish({ tenantId: newId(), accountId, attachments: [{ url }] });
  const messages = await expectEnriched(vault, [unknown.id, foreign.id]);
  expect(messages.map(({ attachments }) => attachments[0]?.errorCode)).toEqual([
    Code.FORBIDDEN,
    Code.FORBIDDEN,
  ]);
  expect(await vault.stored()).toEqual([]);
});
