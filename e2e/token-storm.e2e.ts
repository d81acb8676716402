import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Mio, type ReceiptState } from "@mio/sdk";
import { generateIdentityFile, openKeyRing, sealCredentials } from "@mio/sealing";
import type { CliqSimulatorOptions } from "@mio/simulator-zoho-cliq";
import { readAccountHealth, setCredentials } from "@mio/store";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  channels,
  type Env,
  type Fleet,
  nameOf,
  openPlaces,
  type Place,
  reassignCommands,
  releaseUnacked,
  type Service,
  startFleet,
} from "./src/index.ts";

const identities = join(tmpdir(), `mio-token-storm-${process.pid}.key`);
beforeAll(async () => writeFile(identities, await generateIdentityFile(new Date()), { mode: 0o600 }));
afterAll(() => rm(identities));

interface Scene {
  readonly fleet: Fleet;
  readonly senders: readonly Service[];
  readonly mio: Mio;
  readonly places: readonly Place[];
}

interface SceneOptions {
  readonly senders: number;
  readonly env?: Env;
  readonly cliq?: CliqSimulatorOptions;
}

const withKey: Env = { MIO_AGE_KEY_FILE: identities };
async function openScene(stack: AsyncDisposableStack, options: SceneOptions): Promise<Scene> {
  const { senders: count, env = withKey, cliq = {} } = options;
  const fleet = stack.use(await startFleet({ cliq, env: { "sender-pool": env } }));
  const [senders] = await Promise.all([
    Promise.all(Array.from({ length: count }, () => fleet.start("sender-pool"))),
    fleet.start("media-vault"),
  ]);
  const mio = stack.use(await connect({ servers: fleet.nats.url }));
  const places = [...(await openPlaces(fleet, channels(25))).values()];
  return { fleet, senders, mio, places };
}

const batch = 10;

/**
 * Sends fifty commands at once, two per conversation. After every ten, another process gets the next ones, while the
 * earlier ones wait for their token. Resolves with their final states.
 */
async function storm({ fleet, mio, places }: Scene, name: string): Promise<readonly ReceiptState[]> {
  const commands: Awaited<ReturnType<Mio["send"]>>[] = [];
  for (let from = 0; from < 50; from += batch) {
    const sent = Array.from({ length: batch }, (_, offset) => {
      const place = places[(from + offset) % places.length];
      if (place === undefined) throw new Error("no place was opened");
      return mio.send({ ...place, text: nameOf(name, from + offset) });
    });
    commands.push(...(await Promise.all(sent)));
    await reassignCommands(fleet.nats.url);
  }
  const receipts = await Promise.all(commands.map((command) => mio.receipt(command)));
  return receipts.map(({ state }) => state);
}

async function sendOne({ mio, places }: Scene, text: string, at = 0) {
  const place = places[at];
  if (place === undefined) throw new Error("no place was opened");
  return mio.receipt(await mio.send({ ...place, text }));
}

/** Number of commands that each process sent. */
const shares = ({ senders }: Scene): Promise<readonly number[]> =>
  Promise.all(
    senders.map(async ({ logFile }) => (await readFile(logFile, "utf8")).split("delivery.sent").length - 1),
  );

/** Number of processes that sent a command. */
async function countBusy(scene: Scene): Promise<number> {
  return (await shares(scene)).filter((share) => share > 0).length;
}

/** Repeats storms until more than one process has sent; resolves with the number of storms. */
async function stormUntilShared(scene: Scene, name: string): Promise<number> {
  for (let storms = 1; ; storms += 1) {
    expect(await storm(scene, `${name}-${storms}`)).toEqual(allSent);
    if ((await countBusy(scene)) > 1) return storms;
    expect(storms).toBeLessThan(5);
  }
}

const allSent = Array(50).fill("sent");
const visibleTexts = ({ fleet }: Scene): readonly string[] =>
  fleet.cliq.visiblePosts().map(({ text }) => text);

test("fifty sends over three processes with an expired token cause one refresh and lose nothing", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack, { senders: 3, cliq: { rotateRefreshToken: true } });
  const { cliq } = scene.fleet;
  // Two concurrent refreshes would invalidate the refresh token.
  cliq.faults.set("token_race", { ms: 500 });

  expect(await storm(scene, "cold")).toEqual(allSent);
  expect(cliq.counters().token).toBe(1);
  cliq.expireTokens();
  const sends = 50 * (1 + (await stormUntilShared(scene, "expired")));
  expect(cliq.counters().token).toBe(2);
  expect(new Set(visibleTexts(scene)).size).toBe(sends);
  expect(visibleTexts(scene)).toHaveLength(sends);

  // The stored token pair is valid: a new process uses it.
  for (const { process } of scene.senders) await process.kill();
  await scene.senders[0]?.process.start();
  cliq.expireTokens();
  expect(await sendOne(scene, "later")).toMatchObject({ state: "sent" });
  expect(cliq.counters().token).toBe(3);
});

test("canary: with tokens in process memory the same storm refreshes once per process", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack, { senders: 3, env: {} });
  scene.fleet.cliq.faults.set("slow", { ms: 500, endpoints: ["token"] });
  await stormUntilShared(scene, "cold");
  const busy = await countBusy(scene);
  // A process may have fetched a token and passed its commands on.
  expect(scene.fleet.cliq.counters().token).toBeGreaterThanOrEqual(busy);
});

test("a process killed during a renewal does not block the others", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack, { senders: 1, env: { ...withKey, MIO_SENDER_CALL_TIMEOUT: "8s" } });
  const { cliq, nats, db } = scene.fleet;
  const [sender] = scene.senders;
  cliq.faults.set("slow", { ms: 6_000, endpoints: ["token"] });
  const first = sendOne(scene, "first");
  const holders = async (): Promise<number> => {
    const { rows } = await db.query<{ held: number }>(
      `SELECT count(*)::int AS held FROM pg_locks
       WHERE locktype = 'advisory' AND granted AND objsubid = 1
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return rows[0]?.held ?? 0;
  };
  await eventually(async () => (await holders()) === 1);
  await sender?.process.kill();
  await eventually(async () => (await holders()) === 0, { timeoutMs: 5_000 });
  cliq.faults.clear("slow");
  await releaseUnacked(nats.url);
  await sender?.process.start();
  const started = performance.now();
  expect(await sendOne(scene, "second", 1)).toMatchObject({ state: "sent" });
  expect(performance.now() - started).toBeLessThan(5_000);
  // It waits until the killed process can no longer be calling the platform.
  expect(await first).toMatchObject({ state: "sent" });
  expect(visibleTexts(scene)).toEqual(["second", "first"]);
});

test("marks an account with a revoked refresh token until an operator sets another", async () => {
  await using stack = new AsyncDisposableStack();
  const scene = await openScene(stack, { senders: 1 });
  const { cliq, db } = scene.fleet;
  const owner = { id: scene.places[0]?.accountId ?? "", tenantId: scene.places[0]?.tenantId ?? "" };
  expect(await sendOne(scene, "before")).toMatchObject({ state: "sent" });
  expect(await readAccountHealth(db, owner.id)).toMatchObject({ state: "ok" });

  cliq.faults.set("invalid_grant");
  cliq.expireTokens();
  expect(await sendOne(scene, "refused")).toMatchObject({ state: "failed" });
  expect(await readAccountHealth(db, owner.id)).toMatchObject({ state: "reauth_required" });

  cliq.faults.clear("invalid_grant");
  const keyRing = await openKeyRing(await readFile(identities, "utf8"));
  const secrets = { refresh_token: cliq.oauth.refreshToken };
  const sealed = await sealCredentials(keyRing, owner, { secrets, expiresAt: undefined, authKind: "oauth2" });
  await setCredentials(db, owner.id, sealed);
  await eventually(async () => (await sendOne(scene, "after")).state === "sent");
  expect(await readAccountHealth(db, owner.id)).toMatchObject({ state: "ok" });
});
