import { ConversationKind, MessageRelation_Kind } from "@mio/proto";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import { eventually } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { type GatewayFixture, gatewayFixture } from "./support.ts";

interface World extends AsyncDisposable {
  readonly slack: SlackSimulator;
  readonly gateway: GatewayFixture;
}

/** A simulated Slack that sends events to a gateway by webhook; retries come at once. */
async function openWorld(): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const signingSecret = "s3cret";
  const slack = opening.use(
    await startSlackSimulator({ signingSecret, transport: "webhook", retryDelaysMs: [10, 10, 10] }),
  );
  const gateway = opening.use(
    await gatewayFixture({
      secrets: { "slack-webhook-secret": signingSecret },
      accounts: [{ channelType: "slack", externalId: slack.team.id }],
    }),
  );
  slack.setEvents({ url: `${gateway.url}/webhooks/slack` });
  const opened = opening.move();
  return { slack, gateway, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const textsOf = async ({ gateway }: World) => (await gateway.stream()).map(({ text }) => text);

describe("Slack's events by webhook", () => {
  it("are one message, after a retry with its headers or a second event for it", async () => {
    await using world = await openWorld();
    const { slack } = world;
    slack.faults.set("lost_event", { times: 1 });
    await slack.say({ channel: "general", user: "Alice", text: "by the retry" });
    await eventually(async () => expect(await textsOf(world)).toEqual(["by the retry"]));
    slack.faults.set("duplicate_event", { times: 1 });
    await slack.say({ channel: "general", user: "Alice", text: "sent twice" });
    const answers = slack.deliveries().map(({ kind, attempt, status }) => [kind, attempt, status]);
    expect(answers.slice(0, 2)).toEqual([
      ["original", 0, 0],
      ["retry", 1, 200],
    ]);
    // The second one waits for no publication, so either may be answered first.
    expect(new Set(answers.slice(2))).toEqual(
      new Set([
        ["original", 0, 200],
        ["duplicate", 0, 200],
      ]),
    );
    expect(await textsOf(world)).toEqual(["by the retry", "sent twice"]);
  });

  it("are accepted in any order, even an edit before its message", async () => {
    await using world = await openWorld();
    const { slack, gateway } = world;
    slack.faults.set("reorder", { times: 1, ms: 5_000 });
    const held = slack.say({ channel: "general", user: "Alice", text: "first" });
    await eventually(() => slack.messages("general").length === 1);
    const [message] = slack.messages("general");
    await slack.edit("general", message?.ts ?? "", "first, corrected");
    await held;
    await eventually(async () => expect(await gateway.stream()).toHaveLength(2));
    const [edit, original] = await gateway.stream();
    expect(original).toMatchObject({ text: "first" });
    expect(edit).toMatchObject({
      text: "first, corrected",
      relation: { kind: MessageRelation_Kind.EDIT, targetExternalId: original?.sourceMessageId },
    });
  });

  it.each(["message", "app_mention"])("are one mention if the %s comes first", async (first) => {
    await using world = await openWorld();
    const { slack, gateway } = world;
    slack.setEvents({ url: undefined });
    const said = await slack.say({ channel: "general", user: "Alice", text: "@mio what now?" });
    // A pending retry would reach the gateway at a random time.
    await eventually(() => slack.deliveries().filter(({ attempt }) => attempt === 3).length === 2);
    slack.setEvents({ url: `${gateway.url}/webhooks/slack` });
    const typeOf = (body: string): unknown => JSON.parse(body).event.type;
    const bodies = said.rawBodies.toSorted(
      (a, b) => Number(typeOf(b) === first) - Number(typeOf(a) === first),
    );
    expect(bodies.map(typeOf)).toEqual([first, first === "message" ? "app_mention" : "message"]);
    for (const body of bodies) await slack.deliver(body);
    const [message, ...others] = await gateway.stream();
    expect(others).toEqual([]);
    expect(message?.attributes["slack_mentions_bot"]).toBe("true");
    const isMentionFirst = first === "app_mention";
    const { UNSPECIFIED, CHANNEL_PUBLIC } = ConversationKind;
    expect(message?.conversationKind).toBe(isMentionFirst ? UNSPECIFIED : CHANNEL_PUBLIC);
    // The mention did not have the channel's kind; it is on record by now.
    await slack.say({ channel: "general", user: "Alice", text: "hello?" });
    expect((await gateway.stream()).at(-1)?.conversationKind).toBe(CHANNEL_PUBLIC);
  });
});
