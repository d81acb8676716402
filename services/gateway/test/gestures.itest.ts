import { createHmac } from "node:crypto";
import { type Message, MessageRelation_Kind } from "@mio/proto";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { eventually } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture } from "./support.ts";

const { REPLY, EDIT, DELETE, REACTION } = MessageRelation_Kind;
const signingSecret = "s3cret";

interface CliqWorld extends AsyncDisposable {
  readonly cliq: CliqSimulator;
  readonly gateway: GatewayFixture;
}

/** A simulated Cliq whose bot forwards to a gateway. */
async function cliqWorld(): Promise<CliqWorld> {
  await using opening = new AsyncDisposableStack();
  const cliq = opening.use(await startCliqSimulator({ channels: ["general"] }));
  const gateway = opening.use(await gatewayFixture({ externalId: cliq.organizationId }));
  cliq.setWebhook({ url: `${gateway.url}/webhooks/zoho-cliq`, secret: "dev-webhook-secret" });
  const opened = opening.move();
  return { cliq, gateway, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

interface SlackWorld extends AsyncDisposable {
  readonly slack: SlackSimulator;
  readonly gateway: GatewayFixture;
}

async function slackWorld(transport: "webhook" | "socket"): Promise<SlackWorld> {
  await using opening = new AsyncDisposableStack();
  const slack = opening.use(
    await startSlackSimulator({ signingSecret, transport, retryDelaysMs: [10, 10, 10], ackTimeoutMs: 1_000 }),
  );
  const tokens = { SLACK_APP_TOKEN: slack.appToken, SLACK_BOT_TOKEN: slack.botToken };
  const gateway = opening.use(
    await gatewayFixture({
      env: { SLACK_API_BASE_URL: slack.apiBaseUrl, ...(transport === "socket" ? tokens : {}) },
      secrets: { "slack-webhook-secret": signingSecret },
      accounts: [{ channelType: "slack", externalId: slack.team.id }],
    }),
  );
  if (transport === "webhook") slack.setEvents({ url: `${gateway.url}/webhooks/slack` });
  else await eventually(() => slack.sockets().length === 1);
  const opened = opening.move();
  return { slack, gateway, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const relationsOf = (messages: readonly Message[]) =>
  messages.map(({ relation }) => [relation?.kind, relation?.targetMessageId]);

describe("the gestures of people in Cliq", () => {
  it("are one event each, with their target message", async () => {
    await using world = await cliqWorld();
    const { cliq, gateway } = world;
    const twice = { duplicate: true };
    const { messageId } = await cliq.say({ chat: "general", user: "Ann", text: "first", delivery: twice });
    await cliq.say({ chat: "general", user: "Bo", text: "an answer", replyTo: messageId, delivery: twice });
    await cliq.edit(messageId, "the same edit", twice);
    await cliq.edit(messageId, "first", twice);
    await cliq.edit(messageId, "the same edit", twice);
    await cliq.remove(messageId, twice);
    const messages = await gateway.stream();
    const original = messages[0]?.id;
    expect(relationsOf(messages)).toEqual([
      [undefined, undefined],
      [REPLY, original],
      [EDIT, original],
      [EDIT, original],
      [EDIT, original],
      [DELETE, original],
    ]);
    expect(messages.at(-1)?.text).toBe("");
  });

  it("reach consumers even if Mio never received their target message", async () => {
    await using gateway = await gatewayFixture();
    const unseen = cliqText("unseen");
    for (const operation of ["message_edited", "message_deleted"]) {
      expect((await gateway.post({ ...unseen, operation })).status).toBe(200);
    }
    const target = unseen.data.message.id.replace("%20", "_");
    expect((await gateway.stream()).map(({ relation }) => relation)).toMatchObject([
      { kind: EDIT, targetExternalId: target, targetMessageId: "" },
      { kind: DELETE, targetExternalId: target, targetMessageId: "" },
    ]);
  });

  it("have the parent of reply_to", async () => {
    await using gateway = await gatewayFixture();
    const parent = cliqText("question");
    const answer = cliqText("yes");
    const { message } = answer.data;
    await gateway.post(parent);
    await gateway.post({ ...answer, data: { message: { ...message, reply_to: parent.data.message.id } } });
    const [question, reply] = await gateway.stream();
    expect(reply).toMatchObject({
      relation: { kind: REPLY, targetMessageId: question?.id },
      threadRootMessageId: question?.id,
    });
  });

  it.each(["participation", "mention"])(
    "are one mention if the %s handler comes first and the other has no id",
    async (first) => {
      await using gateway = await gatewayFixture();
      const mentions = [{ id: "b-42", name: "Mio", type: "bot" }];
      const sent = cliqText("{@b-42} hello");
      const { time, message } = sent.data;
      const participation = { ...sent, data: { time, message: { ...message, mentions } } };
      const mention = {
        handler: "mention",
        message: message.text,
        message_details: { time, message: { type: "text", text: message.text, mentions } },
        user: sent.user,
        chat: sent.chat,
      };
      const bodies = first === "mention" ? [mention, participation] : [participation, mention];
      for (const body of [...bodies, ...bodies]) expect((await gateway.post(body)).status).toBe(200);
      expect((await gateway.stream()).map(({ text }) => text)).toEqual(["{@b-42} hello"]);
    },
  );

  it.each(["%20", " ", "_"])("are one message with the halves of its id joined by %j", async (joint) => {
    await using gateway = await gatewayFixture();
    const sent = cliqText("once");
    const { message } = sent.data;
    const respelled = { ...message, id: message.id.replace("%20", joint) };
    await gateway.post(sent);
    await gateway.post({ ...sent, data: { ...sent.data, message: respelled } });
    expect(await gateway.stream()).toHaveLength(1);
  });
});

describe("the gestures of people in Slack", () => {
  it("are one event each, with their target message", async () => {
    await using world = await slackWorld("webhook");
    const { slack, gateway } = world;
    slack.faults.set("duplicate_event", { times: 10 });
    const { channel, ts } = await slack.say({ channel: "general", user: "Alice", text: "first" });
    const reaction = { channel, ts, user: "Bob", emoji: "eyes" };
    await slack.react(reaction);
    await slack.unreact(reaction);
    await slack.react(reaction);
    for (const text of ["the same edit", "first", "the same edit"]) await slack.edit(channel, ts, text);
    await slack.remove(channel, ts);
    const messages = await gateway.stream();
    const original = messages[0]?.id;
    expect(relationsOf(messages)).toEqual([
      [undefined, undefined],
      ...Array.from({ length: 3 }, () => [REACTION, original]),
      ...Array.from({ length: 3 }, () => [EDIT, original]),
      [DELETE, original],
    ]);
  });

  it("are one event if they arrive by a socket and by a webhook", async () => {
    await using world = await slackWorld("socket");
    const { slack, gateway } = world;
    const said = await slack.say({ channel: "general", user: "Alice", text: "first" });
    const edited = await slack.edit(said.channel, said.ts, "second");
    const removed = await slack.remove(said.channel, said.ts);
    await eventually(async () => expect(await gateway.stream()).toHaveLength(3));
    for (const body of [said, edited, removed].flatMap(({ rawBodies }) => rawBodies)) {
      const time = String(Math.floor(Date.now() / 1_000));
      const digest = createHmac("sha256", signingSecret).update(`v0:${time}:${body}`).digest("hex");
      const headers = { "x-slack-request-timestamp": time, "x-slack-signature": `v0=${digest}` };
      expect(await gateway.post(body, { path: "/webhooks/slack", headers })).toMatchObject({ status: 200 });
    }
    const kinds = (await gateway.stream()).map(({ relation }) => relation?.kind);
    expect(kinds).toEqual([undefined, EDIT, DELETE]);
  });

  it("reach consumers even if Mio never received their target message", async () => {
    await using world = await slackWorld("webhook");
    const { slack, gateway } = world;
    slack.setEvents({ url: undefined });
    const { channel, ts } = await slack.say({ channel: "general", user: "Alice", text: "unseen" });
    await eventually(() => slack.deliveries().filter(({ attempt }) => attempt === 3).length === 1);
    slack.setEvents({ url: `${gateway.url}/webhooks/slack` });
    await slack.edit(channel, ts, "edited");
    await slack.react({ channel, ts, user: "Bob", emoji: "eyes" });
    await slack.remove(channel, ts);
    expect((await gateway.stream()).map(({ relation }) => relation)).toMatchObject(
      [EDIT, REACTION, DELETE].map((kind) => ({
        kind,
        targetExternalId: `${channel}:${ts}`,
        targetMessageId: "",
      })),
    );
  });
});
