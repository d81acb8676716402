import { newId } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { createLogger, type Logger, loadConfig } from "@mio/service-kit";
import { setCredentials } from "@mio/store";
import { type CapturedLogs, captureLogs } from "@mio/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApp, gatewayConfig } from "../src/index.ts";
import { type ScriptedSockets, said, scriptedSockets, scriptedType } from "./scripted-socket.ts";
import { type GatewayFixture, gatewayFixture } from "./support.ts";

let sockets: ScriptedSockets;
let gateway: GatewayFixture;
const [one, two] = [newId(), newId()];
let logs: CapturedLogs;
let logger: Logger;

beforeEach(async () => {
  sockets = scriptedSockets();
  logs = captureLogs();
  logger = createLogger({ service: "gateway", level: "debug", destination: logs.destination });
  const accounts = [
    { id: one, channelType: scriptedType, externalId: "T1" },
    { id: two, channelType: scriptedType, externalId: "T2" },
  ];
  gateway = await gatewayFixture({ channels: [sockets.channel], logger, accounts });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const open = async (accountId: string, nth = 0) => {
  const run = await sockets.runOf(accountId, nth);
  run.context.onState({ kind: "open" });
  return run;
};
const refused = {
  kind: "refused",
  error: new MioError("socket.refused", "the platform says no: invalid_auth"),
  retryAfterMs: 300_000,
} as const;
const checkOf = async () =>
  (await gateway.running.ready()).checks.find(({ name }) => name === `socket ${scriptedType}`);
const texts = async () => (await gateway.stream()).map(({ text, accountId }) => [text, accountId]);
const sql = (text: string, ...values: unknown[]) => gateway.store.pool.query(text, values);

test("publishes a socket event once, for its account, before it is acknowledged", async () => {
  const run = await open(two);
  const event = said("halo", { workspaceKey: "T2" });
  await run.context.accept(event);
  expect(await texts()).toEqual([["halo", two]]);
  await Promise.all([run.context.accept(event), run.context.accept(event)]);
  expect(await texts()).toEqual([["halo", two]]);
  await run.context.accept({ kind: "ignored", reason: "membership" });
  const metrics = await gateway.metrics.text();
  for (const [outcome, count] of [
    ["success", 1],
    ["dedup", 2],
    ["normalize_error", 1],
  ]) {
    const labels = `channel_type="${scriptedType}",outcome="${outcome}"`;
    expect(metrics).toContain(`mio_gateway_socket_events_total{${labels}} ${count}`);
  }
  expect(metrics).toContain(
    `mio_gateway_dropped_events_total{channel_type="${scriptedType}",reason="membership"} 1`,
  );
});

test("routes an event of another workspace to its account, or to none", async () => {
  const run = await open(one);
  await run.context.accept(said("to a neighbour", { workspaceKey: "T2" }));
  await run.context.accept(said("unroutable", { workspaceKey: "T9" }));
  await run.context.accept(said("without an identity", { workspaceKey: "T1", ...nameless() }));
  expect(await texts()).toEqual([["to a neighbour", two]]);
  expect(await gateway.metrics.text()).toContain(
    `mio_gateway_unroutable_webhook_total{channel_type="${scriptedType}"} 2`,
  );
});
const nameless = () => {
  const event = said("without an identity");
  if (event.kind !== "message") throw new Error("not a message");
  return { message: { ...event.draft.message, sourceMessageId: "" } };
};

test("acknowledges an event once Postgres recorded it, without waiting for NATS", async () => {
  const run = await open(one);
  await sql("ALTER TABLE messages RENAME TO hidden");
  const event = said("kept waiting");
  await expect(run.context.accept(event)).rejects.toMatchObject({ code: "store.write_failed" });
  await sql("ALTER TABLE hidden RENAME TO messages");
  gateway.nats.pause();
  await run.context.accept(event);
  gateway.nats.resume();
  await expect.poll(texts, { timeout: 20_000 }).toEqual([["kept waiting", one]]);
});

test("reports a refused account, without affecting the others or the process", async () => {
  const [first, second] = [await open(one), await open(two)];
  expect(await checkOf()).toMatchObject({ ok: true });
  expect(await gateway.metrics.text()).toContain(`mio_gateway_socket_up{channel_type="${scriptedType}"} 1`);
  first.context.onState(refused);
  await expect.poll(checkOf).toEqual({
    name: `socket ${scriptedType}`,
    kind: "probe",
    advisory: true,
    ok: false,
    reason: `1 of 2 accounts: ${one} refused (socket.refused: the platform says no: invalid_auth)`,
    detail: expect.stringMatching(`^${two} quiet for \\d+ s$`),
  });
  await expect.poll(async () => (await gateway.running.ready()).ok).toBe(true);
  const metrics = await gateway.metrics.text();
  const type = `channel_type="${scriptedType}"`;
  expect(metrics).toContain(`mio_gateway_socket_accounts{${type},state="refused"} 1`);
  expect(metrics).toContain(`mio_gateway_socket_accounts{${type},state="open"} 1`);
  expect(metrics).toContain(`mio_gateway_socket_up{${type}} 0`);
  expect(metrics).toContain(`mio_gateway_socket_lost_total{${type},reason="socket.refused"} 1`);
  expect(metrics).toMatch(new RegExp(`mio_gateway_socket_last_event_age_seconds\\{${type}\\} \\d`));
  expect(logs.matching({ msg: "socket.refused", account_id: one })).toHaveLength(1);
  await second.context.accept(said("goes on"));
  expect(await texts()).toEqual([["goes on", two]]);
});

test("reports an open socket without events, which is not a failure", async () => {
  const quiet = await gateway.startAnother({ MIO_SOCKET_SILENT_AFTER: "1ms" });
  for (const nth of [0, 1]) for (const id of [one, two]) await open(id, nth);
  const check = async () =>
    (await quiet.running.ready()).checks.find(({ name }) => name === `socket ${scriptedType}`);
  await expect.poll(async () => (await check())?.detail).toMatch(`${one} silent for `);
  expect(await check()).toMatchObject({ ok: true });
  expect((await checkOf())?.detail).toMatch(`${one} quiet for `);
  // A gateway that has just started may not be listening for changes yet.
  const lookAgain = () => sql("UPDATE accounts SET display_name = 'looked at again' WHERE id = $1", two);
  const silences = async () => {
    await lookAgain();
    return logs.matching({ msg: "socket.no_events", account_id: one }).length;
  };
  await expect.poll(silences).toBe(1);
  await lookAgain();
  expect(await silences()).toBe(1);
});

test("reports an app that has reached its limit of connections", async () => {
  const run = await sockets.runOf(one);
  const gauge = `mio_gateway_socket_app_connections{channel_type="${scriptedType}"}`;
  run.context.onState({ kind: "open", connections: { count: 9, limit: 10 } });
  expect(await gateway.metrics.text()).toContain(`${gauge} 9`);
  expect(logs.matching({ msg: "socket.last_connection" })).toEqual([]);
  run.context.onState({ kind: "open", connections: { count: 10, limit: 10 } });
  expect(await gateway.metrics.text()).toContain(`${gauge} 10`);
  expect(logs.matching({ msg: "socket.last_connection", account_id: one })).toHaveLength(1);
  expect(await checkOf()).not.toMatchObject({ reason: expect.stringContaining(one) });
});

test("a crash restarts one connection and affects no other", async () => {
  const [first, second] = [await open(one), await open(two)];
  first.fail(new Error("a bug in the channel"));
  await expect.poll(() => logs.matching({ msg: "socket.lost", account_id: one }).length).toBe(1);
  const again = await open(one, 1);
  again.end();
  await open(one, 2);
  expect(await checkOf()).toMatchObject({ ok: true });
  expect(second.context.signal.aborted).toBe(false);
  expect(sockets.runs).toHaveLength(4);
});

test("reconnects changed accounts, disconnects removed ones and connects new ones", async () => {
  const [first, second] = [await open(one), await open(two)];
  await sql("UPDATE accounts SET external_id = 'T3' WHERE id = $1", one);
  const again = await open(one, 1);
  expect(first.context.signal.aborted).toBe(true);
  expect(again.account.externalId).toBe("T3");
  await sql("UPDATE accounts SET disabled_at = now() WHERE id = $1", one);
  await expect.poll(() => again.context.signal.aborted).toBe(true);
  await expect.poll(() => logs.matching({ msg: "socket.stopped", account_id: one }).length).toBe(2);
  await sql("UPDATE accounts SET display_name = 'another' WHERE id = $1", two);
  const three = await gateway.addAccount({ channelType: scriptedType, externalId: "T4" });
  await open(three);
  expect(second.context.signal.aborted).toBe(false);
  expect(sockets.runs).toHaveLength(4);
});

test("an account without credentials is not a failure, and connects once it has some", async () => {
  await open(two);
  const unused = await sockets.runOf(one);
  unused.context.onState({ kind: "unused" });
  unused.end();
  await expect.poll(checkOf).toMatchObject({ ok: true });
  const type = `channel_type="${scriptedType}"`;
  expect(await gateway.metrics.text()).toContain(`mio_gateway_socket_accounts{${type},state="unused"} 1`);
  const sealed = () => ({
    version: newId(),
    authKind: "bot_token" as const,
    ciphertext: Buffer.from("sealed"),
    keyVersion: 1,
    expiresAt: undefined,
  });
  await setCredentials(gateway.store.pool, one, sealed());
  await open(one, 1);
  await setCredentials(gateway.store.pool, two, sealed());
  await open(two, 1);
  expect(await checkOf()).toMatchObject({ ok: true });
  expect(sockets.runs.map(({ account }) => account.accountId).toSorted()).toEqual(
    [one, one, two, two].toSorted(),
  );
});

test("a stop closes the sockets first and finishes their events", async () => {
  const run = await open(one);
  await run.context.accept(said("before"));
  gateway.nats.pause();
  const inHand = run.context.accept(said("in hand"));
  const stopped = gateway.running.stop();
  await expect.poll(() => run.context.signal.aborted).toBe(true);
  gateway.nats.resume();
  await inHand;
  expect(await stopped).toEqual({ unfinished: [] });
  expect(await texts()).toEqual([
    ["before", one],
    ["in hand", one],
  ]);
  expect(sockets.runs).toHaveLength(2);
  const { rows } = await sql("SELECT FROM outbox");
  expect(rows).toEqual([]);
});

test("two gateways with a connection each record one message", async () => {
  await gateway.startAnother();
  const [here, there] = [await open(one), await open(one, 1)];
  const event = said("twice");
  await Promise.all([here.context.accept(event), there.context.accept(event)]);
  expect(await texts()).toEqual([["twice", one]]);
});

test("without webhooks a gateway starts if an account could use a socket", async () => {
  const env = {
    MIO_ENV: "prod",
    MIO_HOST: "127.0.0.1",
    MIO_PORT: "0",
    MIO_SECRETS_DIR: "/nonexistent",
    MIO_NATS_URLS: gateway.nats.url,
    MIO_POSTGRES_DSN: gateway.database.dsn,
  };
  const context = { logger, metrics: gateway.metrics };
  const channels = [sockets.channel];
  const app = await createApp(loadConfig(gatewayConfig, env), context, { channels });
  await expect(app.probes.at(-1)?.check(AbortSignal.timeout(1_000))).rejects.toThrow("no event can arrive");
  await app[Symbol.asyncDispose]();
  await sql("UPDATE accounts SET disabled_at = now() WHERE channel_type = $1", scriptedType);
  await expect(createApp(loadConfig(gatewayConfig, env), context, { channels })).rejects.toMatchObject({
    code: "gateway.no_channel",
    message: expect.stringContaining(scriptedType),
  });
});
