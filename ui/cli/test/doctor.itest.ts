import { ensureStreams, openBus } from "@mio/bus";
import { generateIdentityFile, openKeyRing, sealCredentials } from "@mio/sealing";
import { startSlackSimulator } from "@mio/simulator-slack";
import { startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { ensureAccount, ensureTenant, migrate, openStore, setCredentials } from "@mio/store";
import { privateNats, testDatabase, testNats } from "@mio/testkit";
import { expect, it } from "vitest";
import { examineAccounts } from "../src/doctor/accounts.ts";
import { examineServers } from "../src/doctor/servers.ts";

it("checks the servers of the environment and no others", async () => {
  expect(await examineServers({ env: {} })).toEqual([]);
  await using nats = await testNats();
  await using database = await testDatabase();
  const env = { MIO_NATS_URLS: nats.url, MIO_POSTGRES_DSN: database.dsn };
  expect(await examineServers({ env })).toMatchObject([
    { name: "MIO_NATS_URLS", state: "skipped", detail: expect.stringContaining("without MESSAGES_INBOUND") },
    { name: "MIO_POSTGRES_DSN", state: "skipped", detail: "answers, but has no schema" },
  ]);
  await migrate({ dsn: database.dsn });
  expect(await examineServers({ env: { MIO_POSTGRES_DSN: database.dsn } })).toEqual([
    { name: "MIO_POSTGRES_DSN", state: "ok", detail: "accepts writes, 0 accounts" },
  ]);
});

it("reports a NATS whose power cut loses messages, and names the setting", async () => {
  await using nats = await privateNats({ syncAlways: false, monitored: true });
  const env = { MIO_NATS_URLS: nats.url, MIO_NATS_MONITOR_URLS: nats.monitorUrl };
  expect(await examineServers({ env })).toMatchObject([
    {
      name: "MIO_NATS_URLS",
      state: "failed",
      detail: expect.stringContaining("sync_interval is 120 s"),
      next: expect.stringContaining("sync_interval: always"),
    },
  ]);
});

it("accepts a NATS that syncs always, if it can see that", async () => {
  await using nats = await privateNats({ monitored: true });
  await using bus = await openBus({ servers: nats.url, name: "mio-test" });
  await ensureStreams(bus, { replicas: 1, storage: "file" });
  const seen = { MIO_NATS_URLS: nats.url, MIO_NATS_MONITOR_URLS: nats.monitorUrl };
  expect(await examineServers({ env: seen })).toMatchObject([{ state: "ok" }]);
  expect(await examineServers({ env: { MIO_NATS_URLS: nats.url } })).toMatchObject([
    { state: "skipped", next: expect.stringContaining("MIO_NATS_MONITOR_URLS") },
  ]);
});

it("reports problems without a password", async () => {
  const env = {
    MIO_NATS_URLS: "nats://127.0.0.1:1",
    MIO_POSTGRES_DSN: "postgres://mio:hunter2@127.0.0.1:1/mio",
    MIO_AGE_KEY_FILE: "/nowhere/keys.txt",
    MIO_SECRETS_DIR: "/nowhere/secrets",
  };
  const findings = await examineServers({ env });
  expect(findings.map(({ name, state }) => [name, state])).toEqual([
    ["MIO_NATS_URLS", "failed"],
    ["MIO_POSTGRES_DSN", "failed"],
    ["MIO_AGE_KEY", "failed"],
    ["MIO_SECRETS_DIR", "failed"],
  ]);
  expect(findings.every(({ next }) => next !== undefined)).toBe(true);
  expect(JSON.stringify(findings)).not.toContain("hunter2");
});

const tenantId = "018f3c9e-7b1a-7c3d-8e4f-000000000001";
const idOf = (digit: number): string => `018f3c9e-7b1a-7c3d-8e4f-00000000010${digit}`;

interface TestAccount {
  readonly id: string;
  readonly channelType: string;
  readonly externalId: string;
  readonly botToken?: string;
}

/** A database with these accounts, and the key for their tokens. */
async function withAccounts(accounts: readonly TestAccount[]) {
  const database = await testDatabase();
  await migrate({ dsn: database.dsn });
  await using store = await openStore({ dsn: database.dsn, maxConnections: 1, applicationName: "test" });
  await ensureTenant(store.pool, { id: tenantId, slug: "dev" });
  const identities = await generateIdentityFile(new Date());
  const keyRing = await openKeyRing(identities);
  for (const { id, channelType, externalId, botToken } of accounts) {
    await ensureAccount(store.pool, { id, tenantId, channelType, externalId, displayName: "" });
    if (botToken === undefined) continue;
    const secrets = {
      secrets: { bot_token: botToken },
      expiresAt: undefined,
      authKind: "bot_token",
    } as const;
    await setCredentials(store.pool, id, await sealCredentials(keyRing, { id, tenantId }, secrets));
  }
  const env = { MIO_POSTGRES_DSN: database.dsn, MIO_AGE_KEY: identities };
  return { env, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

it("names the scopes that an account lacks and their purpose", async () => {
  await using slack = await startSlackSimulator({ scopes: ["chat:write", "im:history"] });
  const { botToken, team } = slack;
  await using world = await withAccounts([
    { id: idOf(1), channelType: "slack", externalId: team.id, botToken },
  ]);
  const env = { ...world.env, SLACK_API_BASE_URL: slack.apiBaseUrl };
  const [finding] = await examineAccounts({ env });
  expect(finding).toMatchObject({
    state: "skipped",
    detail: expect.stringContaining("users:read (people have no names)"),
    next: expect.stringContaining("install it again"),
  });
  expect(finding?.detail).not.toMatch(/chat:write|\bim:history/);
});

it("asks each account's platform whether it accepts the credentials, and names the next step", async () => {
  await using slack = await startSlackSimulator();
  await using cliq = await startCliqSimulator();
  const { botToken, team } = slack;
  const channelType = "slack";
  await using world = await withAccounts([
    { id: idOf(1), channelType, externalId: team.id, botToken },
    { id: idOf(2), channelType, externalId: "T2", botToken: "xoxb-hunter2" },
    { id: idOf(3), channelType, externalId: "T3", botToken },
    { id: idOf(4), channelType, externalId: "T4" },
    { id: idOf(5), channelType: "zoho_cliq", externalId: "1" },
  ]);
  const env = {
    ...world.env,
    SLACK_API_BASE_URL: slack.apiBaseUrl,
    CLIQ_CLIENT_ID: cliq.oauth.clientId,
    CLIQ_CLIENT_SECRET: cliq.oauth.clientSecret,
    CLIQ_REFRESH_TOKEN: cliq.oauth.refreshToken,
    CLIQ_BOT_NAME: cliq.bot.uniqueName,
    CLIQ_API_BASE_URL: cliq.apiBaseUrl,
    CLIQ_OAUTH_URL: cliq.oauthUrl,
  };
  const findings = await examineAccounts({ env });
  expect(findings.map(({ name, state }) => [name, state])).toEqual([
    [`account ${idOf(1)}`, "ok"],
    [`account ${idOf(2)}`, "failed"],
    [`account ${idOf(3)}`, "failed"],
    [`account ${idOf(4)}`, "skipped"],
    [`account ${idOf(5)}`, "ok"],
  ]);
  const store = `./mio credentials set ${idOf(2)}`;
  expect(findings[1]).toMatchObject({
    detail: expect.stringContaining("Slack refused the token"),
    next: expect.stringContaining(store),
  });
  expect(findings[2]?.detail).toContain(`belong to ${team.id}`);
  expect(findings[3]?.detail).toContain("SLACK_BOT_TOKEN");
  expect(JSON.stringify(findings)).not.toContain("hunter2");
  expect([slack.visiblePosts(), cliq.visiblePosts()]).toEqual([[], []]);

  const { MIO_AGE_KEY: _, ...withoutKey } = env;
  const [first] = await examineAccounts({ env: withoutKey });
  expect(first).toMatchObject({ state: "failed", next: expect.stringContaining("MIO_AGE_KEY_FILE") });
});

it("waits at most 5 s in all for platforms that do not answer", async () => {
  await using slack = await startSlackSimulator();
  slack.faults.set("slow", { ms: 60_000, methods: ["auth.test"] });
  const { botToken } = slack;
  const aSlackAccount = (digit: number) => ({
    ...{ id: idOf(digit), channelType: "slack", externalId: `T${digit}`, botToken },
  });
  await using world = await withAccounts([1, 2, 3].map(aSlackAccount));
  const startedAt = performance.now();
  const findings = await examineAccounts({ env: { ...world.env, SLACK_API_BASE_URL: slack.apiBaseUrl } });
  expect(performance.now() - startedAt).toBeLessThan(9_000);
  expect(findings.map(({ state, detail }) => [state, detail])).toEqual(
    Array.from({ length: 3 }, () => ["failed", "slack: no answer within 5 s"]),
  );
}, 20_000);

it("asks no platform without a reachable database", async () => {
  expect(await examineAccounts({ env: {} })).toEqual([]);
  expect(await examineAccounts({ env: { MIO_POSTGRES_DSN: "postgres://127.0.0.1:1/mio" } })).toEqual([]);
});
