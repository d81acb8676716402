import { headerNames, newId } from "@mio/envelope";
import { DeliveryReceipt_State, MessageRelation_Kind } from "@mio/proto";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import { ensureAccount } from "@mio/store";
import type { CommandFields } from "@mio/testkit";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { deadLetterOf } from "./expect-refused.ts";
import { openOwnCredentials } from "./own-credentials.ts";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";

const { SENT, FAILED } = DeliveryReceipt_State;

interface World extends AsyncDisposable {
  readonly slack: SlackSimulator;
  readonly fixture: PoolFixture;
  readonly place: CommandFields;
  startPool(): Promise<RunningPool>;
}

/** The real Slack adapter on Slack as it is simulated; the token is the account's own. */
async function openWorld(): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const slack = opening.use(await startSlackSimulator());
  const fixture = opening.use(await openPoolFixture());
  const own = opening.use(await openOwnCredentials(fixture));
  const accountId = newId();
  const { tenantId, store } = fixture;
  const { id: externalId } = slack.team;
  const account = { id: accountId, tenantId, channelType: "slack", externalId, displayName: "Slack" };
  await ensureAccount(store.pool, account);
  await own.set(accountId, { bot_token: slack.botToken });
  const env = { ...own.env, SLACK_API_BASE_URL: slack.apiBaseUrl, SLACK_FILE_HOSTS: slack.fileHost };
  const general = slack.chats().find(({ name }) => name === "general");
  const opened = opening.move();
  return {
    slack,
    fixture,
    place: { accountId, channelType: "slack", conversationExternalId: general?.id ?? "" },
    startPool: () => fixture.startPool({ env }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const inFourParts = [1, 2, 3, 4].map((part) => `${part}`.repeat(3_900)).join("\n\n");
const beginnings = (slack: SlackSimulator) => slack.visiblePosts().map(({ text }) => text[0]);
const idsOf = (slack: SlackSimulator) => slack.visiblePosts().map(({ channel, ts }) => `${channel}:${ts}`);
const untilShown = (slack: SlackSimulator, count: number) =>
  eventually(() => slack.visiblePosts().length === count);

it("goes on with the third part when Slack asked for a pause after the second, in another process", async () => {
  await using world = await openWorld();
  const { slack, fixture, place } = world;
  slack.faults.set("slow", { ms: 200, methods: ["chat.postMessage"] });
  const command = fixture.command({ ...place, text: inFourParts });
  {
    await using pool = await world.startPool();
    await fixture.publish(command);
    await untilShown(slack, 2);
    slack.faults.set("rate_limited", { methods: ["chat.postMessage"], times: 1, retryAfterSeconds: 4 });
    await eventually(() => pool.logs.matching({ msg: "delivery.call_failed" }).length > 0);
  }
  slack.faults.clear();
  await using _next = await world.startPool();
  const receipt = await fixture.receipt(command.id);
  expect(receipt).toMatchObject({ state: SENT, attempts: 2 });
  expect(beginnings(slack)).toEqual(["1", "2", "3", "4"]);
  expect(receipt.externalIds).toEqual(idsOf(slack));
});

it("answers in a thread by any name of its root, and never in the channel when it does not know the root", async () => {
  await using world = await openWorld();
  const { slack, fixture, place } = world;
  await using _pool = await world.startPool();
  const post = fixture.command({ ...place, text: "the plan" });
  const { conversationId } = post;
  const relation = { kind: MessageRelation_Kind.REPLY, targetMessageId: post.id };
  const inThread = fixture.command({ ...place, conversationId, text: "in", threadRootMessageId: post.id });
  const reply = fixture.command({ ...place, conversationId, text: "too", relation });
  const lost = fixture.command({ ...place, conversationId, text: "where?", threadRootMessageId: newId() });
  for (const command of [post, inThread, reply, lost]) await fixture.publish(command);
  expect(await fixture.receipt(lost.id)).toMatchObject({ state: FAILED, reason: "no_target" });
  expect((await deadLetterOf(fixture, lost)).header(headerNames.deadReason)).toBe("no_target");
  const [root, ...answers] = slack.visiblePosts();
  expect(root?.threadTs).toBeUndefined();
  expect(answers.map(({ text, threadTs }) => [text, threadTs])).toEqual([
    ["in", root?.ts],
    ["too", root?.ts],
  ]);
});

it("goes on with the fourth part when the answer to the third was lost, and edits and deletes all of them", async () => {
  await using world = await openWorld();
  const { slack, fixture, place } = world;
  await using _pool = await world.startPool();
  slack.faults.set("slow", { ms: 200, methods: ["chat.postMessage"] });
  const command = fixture.command({ ...place, text: inFourParts });
  await fixture.publish(command);
  await untilShown(slack, 2);
  slack.faults.set("drop_response", { methods: ["chat.postMessage"], times: 1 });
  // Slack may still be at work for fifteen seconds, so no pool posts before.
  await eventually(async () => expect(await fixture.receipts(command.id)).toHaveLength(1), {
    timeoutMs: 40_000,
  });
  slack.faults.clear();
  expect(await fixture.receipt(command.id)).toMatchObject({ state: SENT, externalIds: idsOf(slack) });
  expect(beginnings(slack)).toEqual(["1", "2", "3", "4"]);

  const { conversationId } = command;
  const of = { ...place, conversationId, editOfMessageId: command.id };
  const shorter = fixture.command({ ...of, text: "short" });
  const longer = fixture.command({ ...of, text: inFourParts });
  await fixture.publish(shorter);
  await fixture.receipt(shorter.id);
  expect(slack.visiblePosts().map(({ text }) => text)).toEqual(["short"]);
  await fixture.publish(longer);
  await fixture.receipt(longer.id);
  expect(beginnings(slack)).toEqual(["1", "2", "3", "4"]);
  const last = fixture.command({ ...of, text: "the end" });
  await fixture.publish(last);
  await fixture.receipt(last.id);
  expect(slack.visiblePosts().map(({ text }) => text)).toEqual(["the end"]);
});

it("refuses a card with a button that cannot come back, and names the button on receipt and dead letter", async () => {
  await using world = await openWorld();
  const { slack, fixture, place } = world;
  await using _pool = await world.startPool();
  const richContent = { buttons: [{ label: "Yes", key: "yes" }] };
  const command = fixture.command({ ...place, text: "deploy?", richContent });
  await fixture.publish(command);
  const detail = expect.stringContaining("button 1 of 1 has no action");
  const failed = { state: FAILED, code: "delivery.permanent", reason: "unsupported", detail };
  expect(await fixture.receipt(command.id)).toMatchObject(failed);
  expect((await deadLetterOf(fixture, command)).header(headerNames.deadDetail)).toEqual(detail);
  expect(slack.visiblePosts()).toEqual([]);
});
