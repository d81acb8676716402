import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createLogger, type Logger } from "@mio/service-kit";
import { captureLogs, testDatabase, testNats } from "@mio/testkit";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, inject, test } from "vitest";
import { type Fleet, type Storage, startFleet } from "../src/index.ts";

const silent = (service: string): Logger => createLogger({ service, level: "silent" });
const start = (
  storage: Storage,
  env: Readonly<Record<string, string>> = {},
  loggerOf = silent,
): Promise<Fleet> =>
  startFleet({
    storage,
    natsBinary: inject("mioNatsServer"),
    env: { PATH: process.env["PATH"], MIO_POSTGRES_BIN: process.env["MIO_POSTGRES_BIN"], ...env },
    ports: { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 },
    loggerOf,
    thinkMs: 0,
  });
const patience = { timeoutMs: 40_000 };
const answer = (fleet: Fleet, text: string) =>
  fleet.cliq.waitForMessage((message) => message.text === text, patience);

test("a fleet in memory has the contract's three streams and answers on them", async () => {
  await using fleet = await start({ kind: "memory" });
  await using nc = await plainClient(fleet.urls.nats);
  const seen: string[] = [];
  nc.connection.subscribe("mio.>", {
    callback: (_error, { subject }) => void seen.push(subject.split(".").slice(0, 3).join(".")),
  });
  await nc.connection.flush();
  await fleet.cliq.say({ chat: "general", user: "Ana", text: "hello" });
  await answer(fleet, "echo: hello");
  expect(seen).toContain("mio.inbound.zoho_cliq");
  expect(seen).toContain("mio.inbound_enriched.zoho_cliq");

  const jsm = await jetstreamManager(nc.connection);
  const stream = async (name: string) => {
    const { config } = await jsm.streams.info(name);
    const { subjects, retention, storage, max_age, duplicate_window } = config;
    return { subjects, retention, storage, hours: max_age / 3.6e12, windowSeconds: duplicate_window / 1e9 };
  };
  const memory = { storage: "memory" };
  expect(await stream("MESSAGES_INBOUND")).toMatchObject({
    ...memory,
    subjects: ["mio.inbound.>"],
    retention: "limits",
    hours: 168,
    windowSeconds: 120,
  });
  expect(await stream("MESSAGES_INBOUND_ENRICHED")).toMatchObject({
    ...memory,
    subjects: ["mio.inbound_enriched.>"],
    retention: "limits",
    hours: 168,
  });
  expect(await stream("MESSAGES_OUTBOUND")).toMatchObject({
    ...memory,
    subjects: ["mio.outbound.>"],
    retention: "workqueue",
    hours: 24,
    windowSeconds: 60,
  });
});

test("answers Slack in its threads, by socket and by webhook", async () => {
  await using fleet = await start({ kind: "memory" });
  const { slack } = fleet;
  await slack.waitFor((event) => event.type === "socket.opened", patience);
  const root = await slack.say({ channel: "general", user: "Ana", text: "hello" });
  expect(root.deliveries).toMatchObject([{ transport: "socket", status: 200 }]);
  const first = await slack.waitForMessage(({ text }) => text === "echo: hello", patience);
  expect(first.threadTs).toBeUndefined();

  slack.setTransport("webhook");
  const said = await slack.say({ channel: "general", user: "Ben", text: "and I", threadTs: root.ts });
  expect(said.deliveries).toMatchObject([{ transport: "webhook", status: 200 }]);
  const second = await slack.waitForMessage(({ text }) => text === "echo: and I", patience);
  expect(second.threadTs).toBe(root.ts);
  expect(slack.visiblePosts()).toHaveLength(2);
});

test("serves its addresses and its health", async () => {
  await using fleet = await start({ kind: "memory" });
  await expect.poll(async () => (await fleet.ready()).ok).toBe(true);
  const page = await (await fetch(fleet.urls.workbench)).text();
  for (const simulator of [fleet.urls.cliq, fleet.urls.slack]) {
    expect(page).toContain(`href="${simulator}"`);
    expect((await fetch(simulator)).status).toBe(200);
  }
  expect((await fetch(`${fleet.urls.ops}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${fleet.urls.ops}/metrics`)).text()).toContain("mio_gateway_inbound_total");
});

test("keeps its state in a folder across a restart", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mio-fleet-"));
  try {
    const first = await start({ kind: "dir", dir });
    const said = await first.cliq.say({ chat: "general", user: "Ana", text: "remember me" });
    await answer(first, "echo: remember me");
    const key = await readFile(join(dir, "age-key.txt"), "utf8");
    expect(key).toContain("AGE-SECRET-KEY-1");
    await first[Symbol.asyncDispose]();

    await using second = await start({ kind: "dir", dir });
    const [again] = await second.cliq.deliver(said.rawBody ?? "");
    expect(again?.status).toBe(200);
    await second.cliq.say({ chat: "general", user: "Ana", text: "and me" });
    await answer(second, "echo: and me");
    expect(await readFile(join(dir, "age-key.txt"), "utf8")).toBe(key);
    expect(second.cliq.visiblePosts().map(({ text }) => text)).toEqual(["echo: and me"]);
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
});

test("names ignored settings of real platforms and servers, without values", async () => {
  const logs = captureLogs();
  const logger = createLogger({
    service: "mio",
    level: "warn",
    pretty: false,
    destination: logs.destination,
  });
  const env = {
    SLACK_BOT_TOKEN: "xoxb-real",
    CLIQ_CLIENT_ID: "1000.real",
    MIO_NATS_URLS: "nats://prod:4222",
  };
  await using _fleet = await start({ kind: "memory" }, env, () => logger);
  expect(logs.matching({ event: "config.ignored" })).toEqual([
    expect.objectContaining({ settings: ["CLIQ_CLIENT_ID", "SLACK_BOT_TOKEN", "MIO_NATS_URLS"] }),
  ]);
  expect(logs.text()).not.toContain("real");
});

test("uses the external servers of the environment", async () => {
  const blobs = await mkdtemp(join(tmpdir(), "mio-blobs-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(blobs, { recursive: true, force: true }));
  const nats = stack.use(await testNats());
  const database = stack.use(await testDatabase());
  const env = {
    MIO_NATS_URLS: nats.url,
    MIO_NATS_STORAGE: "memory",
    MIO_POSTGRES_DSN: database.dsn,
    MIO_BLOB_URL: pathToFileURL(blobs).href,
  };
  await using fleet = await start({ kind: "external" }, env);
  expect(fleet.urls.nats).toBe(nats.url);
  await fleet.cliq.say({ chat: "general", user: "Ana", text: "from outside" });
  await answer(fleet, "echo: from outside");
});

async function plainClient(url: string) {
  const connection = await connect({ servers: url });
  return { connection, [Symbol.asyncDispose]: () => connection.close() };
}

test("one trace runs from the webhook through the bus and the agent to the receipts", async () => {
  await using fleet = await start({ kind: "memory" });
  await using nc = await plainClient(fleet.urls.nats);
  const traces = new Map<string, string[]>();
  nc.connection.subscribe("mio.*.zoho_cliq.>", {
    callback: (_error, { subject, headers }) => {
      const kind = subject.split(".")[1] ?? "";
      const [, traceId = "none"] = headers?.get("traceparent").split("-") ?? [];
      traces.set(kind, [...(traces.get(kind) ?? []), traceId]);
    },
  });
  await nc.connection.flush();
  await fleet.cliq.say({ chat: "general", user: "Ana", text: "trace me" });
  await answer(fleet, "echo: trace me");
  await expect.poll(() => traces.get("receipt")?.length).toBe(2);
  const [traceId = ""] = traces.get("inbound") ?? [];
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  const [one, two] = [[traceId], [traceId, traceId]];
  const expected = { inbound: one, inbound_enriched: one, outbound: two, receipt: two };
  expect(Object.fromEntries(traces)).toEqual(expected);
});

function killServer(fleet: Fleet, name: string): void {
  const server = fleet.servers.kept.find((kept) => kept.name === name);
  if (server === undefined) throw new Error(`the fleet has not started a ${name}`);
  process.kill(server.pid, "SIGKILL");
}

test("restarts a killed nats-server or Postgres without losing an event answered 200", async () => {
  const dir = await mkdtemp(join(tmpdir(), "mio-fleet-"));
  try {
    await using fleet = await start({ kind: "dir", dir });
    const isTaken = async (text: string): Promise<boolean> => {
      const { deliveries } = await fleet.cliq.say({ chat: "general", user: "Ana", text });
      return deliveries.every(({ status }) => status === 200);
    };
    for (const name of ["nats-server", "Postgres"]) {
      killServer(fleet, name);
      await expect.poll(() => isTaken(`after ${name}`), { timeout: 40_000, interval: 250 }).toBe(true);
      await answer(fleet, `echo: after ${name}`);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test("a fleet in memory fails when its nats-server is killed", async () => {
  await using fleet = await start({ kind: "memory" });
  killServer(fleet, "nats-server");
  expect(await fleet.failed).toMatchObject({
    code: "embedded.server_ended",
    message: expect.stringContaining("nats-server ended (SIGKILL), and what it kept in memory is gone"),
  });
});
