import { newId } from "@mio/envelope";
import { type SlackSimulator, startSlackSimulator } from "@mio/simulator-slack";
import type { MessageFields } from "@mio/testkit";
import { eventually } from "@mio/testkit";
import { describe, expect, test } from "vitest";
import { expectEnriched, openVault, type Vault } from "./vault-fixture.ts";

interface World extends AsyncDisposable {
  readonly vault: Vault;
  readonly slack: SlackSimulator;
  /** Creates people with these names; returns their ids. */
  people(...names: readonly string[]): Promise<readonly string[]>;
  /** Publishes messages of these people in one conversation, and waits until they are enriched. */
  say(...senders: readonly string[]): Promise<readonly (string | undefined)[]>;
  calls(): number;
}

/** The media vault with the token of a Slack workspace in its settings. */
async function openWorld(): Promise<World> {
  await using opening = new AsyncDisposableStack();
  const slack = opening.use(await startSlackSimulator());
  const env = { SLACK_API_BASE_URL: slack.apiBaseUrl, SLACK_BOT_TOKEN: slack.botToken };
  const vault = opening.use(await openVault({ env }));
  const account = { accountId: newId(), tenantId: newId(), conversationId: newId(), channelType: "slack" };
  const published: string[] = [];
  let clock = 0;
  const publish = async (externalId: string, more: MessageFields = {}): Promise<void> => {
    clock += 1;
    const sourceMessageId = `C1:1714731490.${String(clock).padStart(6, "0")}`;
    const sender = { externalId, displayName: "", isBot: false };
    published.push((await vault.publish({ ...account, sourceMessageId, sender, ...more })).id);
  };
  const opened = opening.move();
  return {
    vault,
    slack,
    people: async (...names) => {
      for (const user of names) await slack.say({ channel: "general", user, text: "hello" });
      return names.map((name) => slack.users().find((each) => each.name === name)?.id ?? "");
    },
    say: async (...senders) => {
      for (const sender of senders) await publish(sender);
      const messages = await expectEnriched(vault, published);
      return messages.slice(-senders.length).map(({ sender }) => sender?.displayName);
    },
    calls: () => slack.calls().filter(({ method }) => method === "users.info").length,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe("a person on Slack", () => {
  test("has a name, and is looked up once", async () => {
    await using world = await openWorld();
    const [ana = "", gus = ""] = await world.people("Ana", "Gus");
    expect(await world.say(ana, gus, ana, ana)).toEqual(["Ana", "Gus", "Ana", "Ana"]);
    expect(world.calls()).toBe(2);
  });

  test("unknown to Slack has none, and is not looked up again", async () => {
    await using world = await openWorld();
    expect(await world.say("U0NOBODY", "U0NOBODY")).toEqual(["", ""]);
    expect(world.calls()).toBe(1);
  });

  test("with a slow lookup has no name, once", async () => {
    await using world = await openWorld();
    const [ana = ""] = await world.people("Ana");
    world.slack.faults.set("slow", { ms: 2_500, methods: ["users.info"] });
    const startedAt = performance.now();
    expect(await world.say(ana)).toEqual([""]);
    expect(performance.now() - startedAt).toBeLessThan(2_400);
    await eventually(async () => {
      expect(await world.vault.metrics()).toContain('lookups_total{channel_type="slack",outcome="found"} 1');
    });
    expect(await world.say(ana)).toEqual(["Ana"]);
    expect(world.calls()).toBe(1);
  });

  test("is looked up in parallel with the other senders of the conversation", async () => {
    await using world = await openWorld();
    const names = ["Ana", "Gus", "Cem", "Dao", "Eva", "Fay"];
    const ids = await world.people(...names);
    world.slack.faults.set("slow", { ms: 700, methods: ["users.info"] });
    const startedAt = performance.now();
    expect(await world.say(...ids)).toEqual(names);
    // In sequence they would take 4.2 s.
    expect(performance.now() - startedAt).toBeLessThan(3_500);
  });
});

describe("an account", () => {
  test.each([
    ["lacks the scope", { error: "missing_scope" }, /lacks (a scope|the scope users:read)/],
    ["has a revoked token", { error: "token_revoked" }, /refused the token/],
  ])("that %s is reported once, and not looked up again", async (_, fault, advice) => {
    await using world = await openWorld();
    const [ana = "", gus = ""] = await world.people("Ana", "Gus");
    world.slack.faults.set("ok_false", { ...fault, methods: ["users.info"] });
    expect(await world.say(ana)).toEqual([""]);
    expect(await world.say(gus, ana)).toEqual(["", ""]);
    expect(world.calls()).toBe(1);
    const lines = world.vault.logs().matching({ msg: "people.refused" });
    expect(lines).toMatchObject([{ channel: "slack", err: { message: expect.stringMatching(advice) } }]);
    expect(await world.vault.metrics()).toContain('lookups_total{channel_type="slack",outcome="refused"} 1');
  });

  test("that Slack throttles waits as long as Slack says", async () => {
    await using world = await openWorld();
    const [ana = "", gus = ""] = await world.people("Ana", "Gus");
    world.slack.faults.set("rate_limited", { times: 1, retryAfterSeconds: 60, methods: ["users.info"] });
    expect(await world.say(ana)).toEqual([""]);
    expect(await world.say(gus)).toEqual([""]);
    expect(world.calls()).toBe(1);
    expect(world.vault.logs().matching({ msg: "people.refused" })).toEqual([]);
  });
});
