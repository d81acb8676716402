import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { type OwnCredentials, openOwnCredentials } from "./own-credentials.ts";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";

const { SENT, FAILED } = DeliveryReceipt_State;

interface World extends AsyncDisposable {
  readonly cliq: CliqSimulator;
  readonly fixture: PoolFixture;
  readonly own: OwnCredentials;
  readonly pool: RunningPool;
  post(accountId: string): Promise<SendCommand>;
}

/** A pool whose settings hold no refresh token: each account has to have its own. */
async function openWorld(): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const cliq = opening.use(await startCliqSimulator({ channels: ["general"] }));
  const fixture = opening.use(await openPoolFixture());
  const own = opening.use(await openOwnCredentials(fixture));
  const env = {
    ...own.env,
    CLIQ_CLIENT_ID: cliq.oauth.clientId,
    CLIQ_CLIENT_SECRET: cliq.oauth.clientSecret,
    CLIQ_BOT_NAME: cliq.bot.uniqueName,
    CLIQ_BOT_ID: cliq.bot.id,
    CLIQ_API_BASE_URL: cliq.apiBaseUrl,
    CLIQ_OAUTH_URL: cliq.oauthUrl,
  };
  const pool = opening.use(await fixture.startPool({ env }));
  const chat = cliq.chats().find(({ name }) => name === "general");
  const place = {
    conversationExternalId: chat?.id ?? "",
    attributes: { cliq_channel_name: "general" },
  };
  const opened = opening.move();
  return {
    cliq,
    fixture,
    own,
    pool,
    post: async (accountId) => {
      const command = fixture.command({ ...place, accountId, text: `from ${accountId}` });
      await fixture.publish(command);
      return command;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

it("speaks with the credentials of each account, and keeps trying one that was refused", async () => {
  await using world = await openWorld();
  const { cliq, fixture, own, pool } = world;
  const { refreshToken } = cliq.oauth;
  const other = await fixture.anAccount();
  await own.set(fixture.accountId, { refresh_token: refreshToken });
  await own.set(other, { refresh_token: "1000.revoked" });
  const mine = await world.post(fixture.accountId);
  expect(await fixture.receipt(mine.id)).toMatchObject({ state: SENT });
  const theirs = await world.post(other);
  expect(await fixture.receipt(theirs.id)).toMatchObject({ state: FAILED, reason: "refresh_failed" });
  await eventually(async () => expect(await pool.metrics()).toContain("mio_sender_pool_refused_accounts 1"));
  expect(await refusedAccounts(fixture)).toEqual([other]);
  expect(pool.logs.matching({ msg: "credentials.reauth_required", account_id: other })).toHaveLength(1);

  await own.set(other, { refresh_token: refreshToken });
  // A refused account is looked up once a second; no restart is needed.
  await eventually(async () => {
    const later = await world.post(other);
    expect(await fixture.receipt(later.id)).toMatchObject({ state: SENT });
  });
  await eventually(async () => expect(await pool.metrics()).toContain("mio_sender_pool_refused_accounts 0"));
  expect(await refusedAccounts(fixture)).toEqual([]);
  expect(cliq.visiblePosts().map(({ text }) => text)).toEqual([mine.text, theirs.text]);
});

it("goes slower after a throttle that names no time, and says so", async () => {
  await using world = await openWorld();
  const { cliq, fixture, own, pool } = world;
  await own.set(fixture.accountId, { refresh_token: cliq.oauth.refreshToken });
  cliq.faults.set("throttle400", { times: 1, endpoints: ["post"] });
  const command = await world.post(fixture.accountId);
  await eventually(async () => expect(await pool.metrics()).toContain("mio_sender_pool_slowed_buckets 1"));
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, attempts: 2 });
  expect(cliq.visiblePosts()).toHaveLength(1);
});

async function refusedAccounts({ store }: PoolFixture): Promise<readonly string[]> {
  const text = "SELECT account_id FROM account_health WHERE state <> 'ok'";
  const { rows } = await store.pool.query<{ account_id: string }>(text);
  return rows.map((row) => row.account_id);
}
