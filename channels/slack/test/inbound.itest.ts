import { once } from "node:events";
import { createServer } from "node:http";
import {
  createLocalVault,
  type InboundDraft,
  type InboundEvent,
  type SocketState,
  type WebhookInbound,
} from "@mio/channel-kit";
import { accountUnderTest } from "@mio/channel-kit/contract";
import { ConversationKind, MessageRelation_Kind } from "@mio/proto";
import {
  type SlackSimulator,
  type SlackTransport,
  type SlackWorkspace,
  startSlackSimulator,
} from "@mio/simulator-slack";
import { describe, expect, it } from "vitest";
import { slack } from "../src/index.ts";

const secret = "it-is-signed";
/** Slack waits for minutes; this is long enough to detect a dead socket. */
const retryDelaysMs = [0, ...Array<number>(12).fill(3_000)];

/** A Slack, and the channel that receives its events by one of the transports. */
interface Platform extends AsyncDisposable {
  readonly slack: SlackSimulator;
  readonly events: readonly InboundEvent[];
  /** Waits until this many events have arrived. */
  came(count: number): Promise<void>;
}

interface Inbox {
  readonly events: readonly InboundEvent[];
  add(event: InboundEvent): void;
  came(count: number): Promise<void>;
}

function createInbox(): Inbox {
  const events: InboundEvent[] = [];
  const waiting = new Set<() => void>();
  return {
    events,
    add: (event) => {
      events.push(event);
      for (const look of [...waiting]) look();
    },
    came: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (events.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

async function platform(transport: SlackTransport): Promise<Platform> {
  return transport === "webhook" ? await overWebhook() : await overSocket();
}

async function overWebhook(): Promise<Platform> {
  const inbox = createInbox();
  const { webhook } = slack.open({});
  if (webhook === undefined) throw new Error("the channel has no webhook");
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const reply = answer(webhook, { headers: request.headers, body }, inbox);
    response.writeHead(reply === undefined ? 401 : 200, { "content-type": "text/plain" }).end(reply);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const eventsUrl = `http://127.0.0.1:${address.port}/webhooks/slack`;
  const simulator = await startSlackSimulator({ eventsUrl, signingSecret: secret });
  return {
    ...inbox,
    slack: simulator,
    async [Symbol.asyncDispose]() {
      await simulator[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A gateway's answer; undefined for a rejected request. */
function answer(
  webhook: WebhookInbound,
  request: Parameters<WebhookInbound["verify"]>[0],
  inbox: Inbox,
): string | undefined {
  const result = webhook.verify(request, [secret], new Date());
  if (result.kind !== "verified") return undefined;
  const event = webhook.read(result.body, new Date());
  if (event.kind === "handshake") return event.reply.body;
  inbox.add(event);
  return "";
}

async function overSocket(): Promise<Platform> {
  const inbox = createInbox();
  const simulator = await startSlackSimulator({ transport: "socket", ackTimeoutMs: 500, retryDelaysMs });
  const stop = new AbortController();
  const opened = Promise.withResolvers<void>();
  const over = runSocket(simulator, simulator, {
    signal: stop.signal,
    accept: async (event) => inbox.add(event),
    onState: ({ kind }) => {
      if (kind === "open") opened.resolve();
    },
  });
  await opened.promise;
  return {
    ...inbox,
    slack: simulator,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await over;
      await simulator[Symbol.asyncDispose]();
    },
  };
}

interface Context {
  readonly signal: AbortSignal;
  readonly accept: (event: InboundEvent) => Promise<void>;
  readonly onState: (state: SocketState) => void;
}

async function runSocket(at: SlackSimulator, workspace: SlackWorkspace, context: Context): Promise<void> {
  const secrets = { app_token: workspace.appToken, bot_token: workspace.botToken };
  const account = accountUnderTest({
    accountId: workspace.team.id,
    externalId: workspace.team.id,
    vault: createLocalVault({ secrets, expiresAt: undefined }),
  });
  await slack
    .open({ SLACK_API_BASE_URL: at.apiBaseUrl })
    .socket?.run(account, { onLate: () => undefined, ...context });
}

function draftsOf(events: readonly InboundEvent[]): readonly InboundDraft[] {
  return events.flatMap((event) => (event.kind === "message" ? [event.draft] : []));
}

describe.each(["webhook", "socket"] as const)("what Slack sends by %s", (transport) => {
  it("becomes messages with ids of their own", async () => {
    await using one = await platform(transport);
    const { slack: sim } = one;
    const said = await sim.say({ channel: "general", user: "Ada", text: `hello <@${sim.bot.userId}>` });
    await sim.say({ channel: "general", user: "Bob", text: "I agree", threadTs: said.ts });
    await sim.sayDm({ user: "Ada", text: "psst" });
    await sim.sayGroup({ user: "Ada", others: ["Bob"], text: "we three" });
    await sim.edit("general", said.ts, "hello again");
    await sim.unfurl("general", said.ts);
    await sim.react({ channel: "general", ts: said.ts, user: "Bob", emoji: "+1" });
    await sim.unreact({ channel: "general", ts: said.ts, user: "Bob", emoji: "+1" });
    await sim.postFile({
      channel: "general",
      user: "Ada",
      name: "a.png",
      mime: "image/png",
      bytes: new Uint8Array(9),
    });
    await sim.otherBotSays("general", "deployed");
    const other = await sim.say({ channel: "leads", user: "Ada", text: "secret" });
    await sim.remove("leads", other.ts);
    const last = (draft: InboundDraft): boolean =>
      draft.message.relation?.kind === MessageRelation_Kind.DELETE;
    for (let count = 1; !draftsOf(one.events).some(last); count += 1) await one.came(count);

    const drafts = draftsOf(one.events);
    const byId = new Map(drafts.map((draft) => [draft.message.sourceMessageId, draft]));
    const original = drafts.find(({ message }) => message.sourceMessageId.endsWith(`:${said.ts}`));
    expect(original?.message.attributes).toMatchObject({ slack_mentions_bot: "true", slack_ts: said.ts });
    const target = original?.message.sourceMessageId;
    const relations = [...byId.values()].map(({ message }) => message.relation?.kind ?? 0);
    expect(relations.toSorted()).toEqual([
      ...Array(6).fill(0),
      MessageRelation_Kind.REPLY,
      MessageRelation_Kind.EDIT,
      MessageRelation_Kind.DELETE,
      MessageRelation_Kind.REACTION,
      MessageRelation_Kind.REACTION,
    ]);
    for (const { message } of byId.values()) {
      if (message.relation === undefined || message.relation.kind === MessageRelation_Kind.DELETE) continue;
      expect(message.relation.targetExternalId).toBe(target);
    }
    const kinds = new Set(drafts.map(({ containerKind }) => containerKind));
    expect(kinds).toContain(ConversationKind.DM);
    expect(kinds).toContain(ConversationKind.GROUP_DM);
    expect(kinds).toContain(ConversationKind.CHANNEL_PRIVATE);
    expect(drafts.filter(({ message }) => message.attachments.length === 1)).toHaveLength(1);
    expect(drafts.filter(({ message }) => message.sender?.isBot)).toHaveLength(1);
    expect(new Set(drafts.map(({ workspaceKey }) => workspaceKey))).toEqual(new Set([sim.team.id]));
  });

  it("has one name though it comes again under another event id", async () => {
    await using one = await platform(transport);
    one.slack.faults.set("duplicate_event", { times: 1 });
    await one.slack.say({ channel: "general", user: "Ada", text: "once" });
    await one.came(2);
    const [first, second] = draftsOf(one.events);
    expect(second?.message.sourceMessageId).toBe(first?.message.sourceMessageId);
    expect(second?.message.attributes["slack_event_id"]).not.toBe(
      first?.message.attributes["slack_event_id"],
    );
  });
});

describe("the webhook", () => {
  it("answers Slack's challenge, and nothing that is forged or stale", async () => {
    await using one = await platform("webhook");
    expect(await one.slack.verifyUrl()).toBe(true);
    await one.slack.say({ channel: "general", user: "Eve", text: "x", delivery: { forgedSignature: true } });
    await one.slack.say({ channel: "general", user: "Eve", text: "x", delivery: { staleSeconds: 301 } });
    expect(one.events).toEqual([]);
  });
});

describe("the socket", () => {
  it.each(["socket_close", "refresh_socket"] as const)("gets everything through %s", async (fault) => {
    await using one = await platform("socket");
    await one.slack.say({ channel: "general", user: "Ada", text: "before" });
    one.slack.faults.set(fault);
    await one.slack.say({ channel: "general", user: "Ada", text: "after" });
    const texts = (): readonly string[] => draftsOf(one.events).map(({ message }) => message.text);
    for (let count = 1; !texts().includes("after"); count += 1) await one.came(count);
    expect(new Set(texts())).toEqual(new Set(["before", "after"]));
  });

  it("is replaced when it is open without a live peer", { timeout: 60_000 }, async () => {
    await using one = await platform("socket");
    one.slack.faults.set("half_open_socket");
    await one.slack.say({ channel: "general", user: "Ada", text: "is anybody there?" });
    await one.came(1);
    expect(draftsOf(one.events)[0]?.message.text).toBe("is anybody there?");
  });
});
