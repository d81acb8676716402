import { DeliveryReceipt_State } from "@mio/proto";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { eventually } from "@mio/testkit";
import { afterEach, expect, it, vi } from "vitest";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";

const { SENT } = DeliveryReceipt_State;

interface World extends AsyncDisposable {
  readonly cliq: CliqSimulator;
  readonly fixture: PoolFixture;
  readonly pool: RunningPool;
  readonly channel: { readonly conversationExternalId: string; readonly attributes: Record<string, string> };
}

/** The pool with the real Cliq adapter, on Cliq as it is simulated. */
async function openWorld(): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const cliq = opening.use(await startCliqSimulator({ channels: ["general"] }));
  const fixture = opening.use(await openPoolFixture());
  const { clientId, clientSecret, refreshToken } = cliq.oauth;
  const env = {
    CLIQ_CLIENT_ID: clientId,
    CLIQ_CLIENT_SECRET: clientSecret,
    CLIQ_REFRESH_TOKEN: refreshToken,
    CLIQ_BOT_NAME: cliq.bot.uniqueName,
    CLIQ_BOT_ID: cliq.bot.id,
    CLIQ_API_BASE_URL: cliq.apiBaseUrl,
    CLIQ_OAUTH_URL: cliq.oauthUrl,
  };
  const pool = opening.use(await fixture.startPool({ env }));
  const chat = cliq.chats().find(({ name }) => name === "general");
  const opened = opening.move();
  return {
    cliq,
    fixture,
    pool,
    channel: { conversationExternalId: chat?.id ?? "", attributes: { cliq_channel_name: "general" } },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

afterEach(() => void vi.restoreAllMocks());

/** As for a process that was stopped and goes on: the clock is a minute ahead, and no timer has fired. */
function standStillForAMinute(): void {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + 60_000);
}

const texts = (cliq: CliqSimulator): readonly string[] => cliq.visiblePosts().map(({ text }) => text);

it("posts to Cliq, then edits its own post", async () => {
  await using world = await openWorld();
  const { cliq, fixture, channel } = world;
  const post = fixture.command({ ...channel, text: "thinking…" });
  const edit = fixture.command({
    ...channel,
    conversationId: post.conversationId,
    text: "42",
    editOfMessageId: post.id,
  });
  await fixture.publish(post);
  await fixture.publish(edit);
  expect(await fixture.receipt(edit.id)).toMatchObject({ state: SENT });
  expect(texts(cliq)).toEqual(["42"]);
  expect(cliq.visiblePosts()[0]?.revisions.map(({ text }) => text)).toEqual(["thinking…", "42"]);
});

it("waits out Cliq's throttles, and posts once", async () => {
  await using world = await openWorld();
  const { cliq, fixture, channel } = world;
  cliq.faults.set("rate_limited", { times: 2, retryAfterSeconds: 1 });
  const command = fixture.command({ ...channel, text: "patience" });
  await fixture.publish(command);
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, attempts: 3 });
  expect(texts(cliq)).toEqual(["patience"]);
});

it("never posts twice when Cliq posted and the answer was lost", async () => {
  await using world = await openWorld();
  const { cliq, fixture, channel } = world;
  cliq.faults.set("drop_response", { times: 1 });
  const command = fixture.command({ ...channel, text: "only once" });
  await fixture.publish(command);
  const receipt = await fixture.receipt(command.id);
  expect(receipt).toMatchObject({ state: SENT, attempts: 1 });
  expect(receipt.externalIds).toEqual([cliq.visiblePosts()[0]?.restId]);
  expect(texts(cliq)).toEqual(["only once"]);
});

it("posts no further part in a process that was paused, and goes on in a new attempt", async () => {
  await using world = await openWorld();
  const { cliq, fixture, channel } = world;
  cliq.faults.set("late_answer", { times: 1, ms: 1_000 });
  const command = fixture.command({ ...channel, text: `${"a".repeat(4_990)} ${"b".repeat(100)}` });
  await fixture.publish(command);
  await eventually(() => texts(cliq).length === 1);
  standStillForAMinute();
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, attempts: 2 });
  expect(texts(cliq).map((text) => text.slice(0, 1))).toEqual(["a", "b"]);
});

it("asks Zoho for one token for twenty accounts that share the refresh token of the setting", async () => {
  await using world = await openWorld();
  const { cliq, fixture, channel } = world;
  const accounts = await Promise.all(Array.from({ length: 20 }, () => fixture.anAccount()));
  const commands = accounts.map((accountId) => fixture.command({ ...channel, accountId, text: accountId }));
  await Promise.all(commands.map((command) => fixture.publish(command)));
  for (const { id } of commands) expect(await fixture.receipt(id)).toMatchObject({ state: SENT });
  expect(cliq.counters().token).toBe(1);
});
