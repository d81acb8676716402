import { newId } from "@mio/envelope";
import { generateIdentityFile, type KeyRing, openKeyRing, sealCredentials } from "@mio/sealing";
import { type SlackSimulator, type SlackWorkspace, startSlackSimulator } from "@mio/simulator-slack";
import { readAccountHealth, setCredentials } from "@mio/store";
import { expect, test } from "vitest";
import { type GatewayFixture, gatewayFixture, type StartedGateway } from "./support.ts";

interface Connected extends AsyncDisposable {
  readonly slack: SlackSimulator;
  readonly gateway: GatewayFixture;
  readonly accountOf: ReadonlyMap<SlackWorkspace, string>;
  setTokens(workspace: SlackWorkspace, secrets: Record<string, string>): Promise<void>;
  /** The texts on the stream, sorted; duplicates are included. */
  texts(): Promise<readonly string[]>;
}

interface ConnectedOptions {
  readonly workspaces?: readonly string[];
  readonly retryDelaysMs?: readonly number[];
}

/** A gateway with one account per workspace of a simulated Slack, each with its own sealed tokens. */
async function connected({ workspaces = [], retryDelaysMs }: ConnectedOptions = {}): Promise<Connected> {
  await using opening = new AsyncDisposableStack();
  const slack = opening.use(
    await startSlackSimulator({
      transport: "socket",
      ackTimeoutMs: 1_000,
      ...(retryDelaysMs && { retryDelaysMs }),
    }),
  );
  for (const name of workspaces) slack.addWorkspace(name);
  const identities = await generateIdentityFile(new Date());
  const accountOf = new Map(slack.workspaces().map((workspace) => [workspace, newId()]));
  const accounts = [...accountOf].map(([{ team }, id]) => ({
    id,
    channelType: "slack",
    externalId: team.id,
  }));
  const env = { SLACK_API_BASE_URL: slack.apiBaseUrl, MIO_AGE_KEY: identities };
  const gateway = opening.use(await gatewayFixture({ env, accounts }));
  const setTokens = tokenSetter({ gateway, accountOf, keyRing: await openKeyRing(identities) });
  for (const workspace of slack.workspaces()) {
    await setTokens(workspace, { app_token: workspace.appToken, bot_token: workspace.botToken });
  }
  await expect.poll(() => upOf(gateway)).toBe("1");
  const opened = opening.move();
  return {
    slack,
    gateway,
    accountOf,
    setTokens,
    texts: async () => (await gateway.stream()).map(({ text }) => text).toSorted(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function tokenSetter({
  gateway: { store, tenantId },
  accountOf,
  keyRing,
}: {
  readonly gateway: GatewayFixture;
  readonly accountOf: ReadonlyMap<SlackWorkspace, string>;
  readonly keyRing: KeyRing;
}): Connected["setTokens"] {
  return async (workspace, secrets) => {
    const id = accountOf.get(workspace) ?? expect.fail("a workspace without an account");
    const credentials = { secrets, authKind: "bot_token", expiresAt: undefined } as const;
    await setCredentials(store.pool, id, await sealCredentials(keyRing, { id, tenantId }, credentials));
  };
}

const metric = async ({ metrics }: StartedGateway, name: string) =>
  new RegExp(`^${name.replaceAll("{", "\\{").replaceAll("}", "\\}")} (.+)$`, "m").exec(
    await metrics.text(),
  )?.[1];
const healthOf = async ({ store }: GatewayFixture, accountId = "") => {
  const { state, reason } = await readAccountHealth(store.pool, accountId);
  return [state, reason];
};
const upOf = (gateway: StartedGateway) => metric(gateway, 'mio_gateway_socket_up{channel_type="slack"}');
const numbered = (word: string, count: number) => Array.from({ length: count }, (_, at) => `${word} ${at}`);

test("each account receives its own workspace, and bad tokens affect no other account", async () => {
  await using world = await connected({ workspaces: ["Globex"] });
  const { slack, gateway, accountOf, setTokens } = world;
  const [acme, globex] = slack.workspaces();
  if (acme === undefined || globex === undefined) throw new Error("two workspaces");
  await acme.say({ channel: "general", user: "Alice Nguyen", text: `@${acme.bot.name} from acme` });
  await globex.say({ channel: "general", user: "Carol Diaz", text: "from globex" });
  const heard = async () =>
    (await gateway.stream()).map(({ accountId, attributes }) => [accountId, attributes["slack_team_id"]]);
  const expected = [acme, globex].map((workspace) => [accountOf.get(workspace), workspace.team.id]);
  await expect.poll(async () => (await heard()).toSorted()).toEqual(expected.toSorted());

  await setTokens(globex, { app_token: "xapp-void", bot_token: globex.botToken });
  const refused = 'mio_gateway_socket_accounts{channel_type="slack",state="refused"}';
  await expect.poll(() => metric(gateway, refused)).toBe("1");
  const { ok, checks } = await gateway.running.ready();
  expect(ok).toBe(true);
  expect(checks.find(({ name }) => name === "socket slack")?.reason).toContain(
    `${accountOf.get(globex)} refused`,
  );
  const health = () =>
    Promise.all([globex, acme].map((workspace) => healthOf(gateway, accountOf.get(workspace))));
  await expect.poll(health).toEqual([
    ["reauth_required", "invalid_auth"],
    ["ok", ""],
  ]);
  await acme.say({ channel: "general", user: "Alice Nguyen", text: "still here" });
  await expect.poll(world.texts).toContain("still here");

  await setTokens(globex, { app_token: globex.appToken, bot_token: globex.botToken });
  await expect.poll(() => upOf(gateway)).toBe("1");
  await expect.poll(health).toEqual([
    ["ok", ""],
    ["ok", ""],
  ]);
  await globex.say({ channel: "general", user: "Carol Diaz", text: "back again" });
  await expect.poll(world.texts).toContain("back again");
});

test("a mention and its message are one event, even if each arrives twice", async () => {
  await using world = await connected();
  world.slack.faults.set("duplicate_event", { times: 2 });
  const { bot } = world.slack;
  await world.slack.say({ channel: "general", user: "Alice Nguyen", text: `<@${bot.userId}> once` });
  await world.slack.say({ channel: "general", user: "Alice Nguyen", text: "the end" });
  await expect.poll(world.texts).toContain("the end");
  const mentions = (await world.gateway.stream()).filter(({ text }) => text.endsWith("once"));
  expect(mentions.map(({ attributes }) => attributes["slack_mentions_bot"])).toEqual(["true"]);
});

test("two gateways lose and duplicate nothing while their sockets are cut, replaced and silent", async () => {
  await using world = await connected({ retryDelaysMs: [10, 5_000, 25_000] });
  const { slack, gateway } = world;
  const another = await gateway.startAnother();
  await expect.poll(() => upOf(another)).toBe("1");
  expect(slack.sockets()).toHaveLength(2);
  const texts = numbered("message", 60);
  const faults = new Map<number, () => void>([
    [5, () => slack.faults.set("socket_close")],
    [15, () => slack.faults.set("refresh_socket", { ms: 500 })],
    [25, () => slack.faults.set("duplicate_event", { times: 5 })],
    [35, () => slack.faults.set("half_open_socket")],
    [50, () => slack.faults.set("socket_close")],
  ]);
  const delivered: Promise<unknown>[] = [];
  for (const [at, text] of texts.entries()) {
    faults.get(at)?.();
    // In parallel, because events in progress could be lost when a socket breaks.
    delivered.push(slack.say({ channel: `room-${at % 6}`, user: "Alice Nguyen", text }));
    if (at % 6 === 5) await delivered.at(-1);
  }
  await Promise.all(delivered);
  await expect.poll(world.texts, { timeout: 60_000, interval: 500 }).toEqual(texts.toSorted());
  // Checks that the faults hit: events were lost on their way and sent again.
  expect(slack.deliveries().filter(({ kind }) => kind === "retry").length).toBeGreaterThan(0);
});

test("detects and replaces a silent open socket, and events of that time arrive once", async () => {
  await using world = await connected({ retryDelaysMs: [10, 10_000, 25_000] });
  const { slack, gateway } = world;
  slack.faults.set("half_open_socket");
  const since = performance.now();
  const texts = numbered("to the deaf", 10);
  await Promise.all(texts.map((text) => slack.say({ channel: "general", user: "Alice Nguyen", text })));
  const silent = 'mio_gateway_socket_lost_total{channel_type="slack",reason="socket.silent"}';
  await expect.poll(() => metric(gateway, silent), { timeout: 60_000, interval: 250 }).toBe("1");
  await expect.poll(() => upOf(gateway)).toBe("1");
  expect(performance.now() - since).toBeLessThan(45_000);
  await expect.poll(world.texts, { timeout: 60_000, interval: 500 }).toEqual(texts.toSorted());
});
