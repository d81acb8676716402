import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DeliveryError } from "@mio/channel-kit";
import type { DeliveryReceipt } from "@mio/proto";
import { DeliveryReceipt_State } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";
import { type ScriptedPlatform, scriptedPlatform } from "./scripted-platform.ts";

const { SENT } = DeliveryReceipt_State;
const callTimeoutMs = 4_000;

/** A platform over HTTP that counts the calls it has at once, and never answers some accounts. */
async function aServer(hangs: (accountId: string) => boolean) {
  const open = new Map<string, number>();
  const most = new Map<string, number>();
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    const accountId = request.url?.slice(1) ?? "";
    const count = (by: number): number => {
      const now = (open.get(accountId) ?? 0) + by;
      open.set(accountId, now);
      return now;
    };
    most.set(accountId, Math.max(most.get(accountId) ?? 0, count(1)));
    seen.set(accountId, (seen.get(accountId) ?? 0) + 1);
    response.on("close", () => count(-1));
    if (!hangs(accountId)) response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sum: () => [...open.values()].reduce((sum, count) => sum + count, 0),
    most,
    open,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function overHttp(url: string): ScriptedPlatform {
  const platform = scriptedPlatform();
  platform.answer = async ({ command: { id, accountId }, context: { signal } }) => {
    await fetch(`${url}/${accountId}`, { method: "POST", signal }).catch(() => {
      throw new DeliveryError({ kind: "unknown", reason: "timeout", message: "no answer in time" });
    });
    return { externalIds: [`x-${id}`] };
  };
  platform.reconciliation = { kind: "absent" };
  return platform;
}

async function publishMany(fixture: PoolFixture, accountId: string, count: number): Promise<void> {
  // Each in a conversation of its own.
  const commands = Array.from({ length: count }, () => fixture.command({ accountId }));
  await Promise.all(commands.map((command) => fixture.publish(command)));
}

async function timed(
  fixture: PoolFixture,
  accountId: string,
): Promise<{ ms: number; receipt: DeliveryReceipt }> {
  const command = fixture.command({ accountId });
  const start = performance.now();
  await fixture.publish(command);
  const receipt = await fixture.receipt(command.id);
  return { ms: performance.now() - start, receipt };
}

/** A command of the healthy account takes less than a second, and at no time as long as a call that hangs. */
async function expectServed(fixture: PoolFixture): Promise<void> {
  const times: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const { ms, receipt } = await timed(fixture, fixture.accountId);
    expect(receipt.state).toBe(SENT);
    times.push(ms);
  }
  const [, , median] = times.toSorted((one, next) => one - next);
  expect(median).toBeLessThan(1_000);
  expect(Math.max(...times)).toBeLessThan(callTimeoutMs);
}

async function gauge(pool: RunningPool, name: string): Promise<number> {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await pool.metrics())?.[1]);
}

it("keeps healthy accounts under a second while the platform of eight others hangs", async () => {
  await using fixture = await openPoolFixture();
  const hanging: string[] = [];
  for (let count = 0; count < 8; count += 1) hanging.push(await fixture.anAccount());
  await using server = await aServer((accountId) => hanging.includes(accountId));
  await using pool = await fixture.startPool({
    channels: [overHttp(server.url).channel],
    env: { MIO_SENDER_CALL_TIMEOUT: `${callTimeoutMs}ms` },
    graceMs: 500,
  });
  // Longer than the calls take to begin, so that a healthy account comes last.
  for (const accountId of hanging) await publishMany(fixture, accountId, 50);
  await eventually(() => hanging.every((accountId) => (server.open.get(accountId) ?? 0) >= 4));
  expect(await gauge(pool, "mio_sender_pool_in_flight")).toBe(server.sum());
  await expectServed(fixture);
  // Their deadlines pass: from then on each is probed by one call at a time.
  await eventually(async () => (await gauge(pool, "mio_sender_pool_silent_accounts")) === 8);
  await eventually(() => hanging.every((accountId) => (server.open.get(accountId) ?? 0) <= 1));
  for (const accountId of hanging) expect(server.most.get(accountId)).toBe(4);
  await expectServed(fixture);
  expect(await gauge(pool, "mio_sender_pool_silent_hosts")).toBe(0);
});

it("makes no more calls at once than an account, a platform and a process may", async () => {
  const env = {
    MIO_SENDER_WORKERS: "5",
    MIO_SENDER_HOST_WORKERS: "100",
    MIO_SENDER_ACCOUNT_WORKERS: "2",
  };
  await using fixture = await openPoolFixture();
  const accounts = [fixture.accountId, await fixture.anAccount(), await fixture.anAccount()];
  await using server = await aServer(() => true);
  await using pool = await fixture.startPool({
    channels: [overHttp(server.url).channel],
    env,
    graceMs: 500,
  });
  await publishMany(fixture, accounts[0] ?? "", 40);
  await eventually(() => server.open.get(accounts[0] ?? "") === 2);
  for (const accountId of accounts.slice(1)) await publishMany(fixture, accountId, 10);
  await eventually(() => server.sum() === 5);
  expect(await gauge(pool, "mio_sender_pool_in_flight")).toBe(5);
  expect([...server.most.values()].toSorted()).toEqual([1, 2, 2]);
});
