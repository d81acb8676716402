import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "@mio/envelope";
import { DeliveryReceipt_State as State } from "@mio/proto";
import { connect, type Mio, type SendInit } from "@mio/sdk";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import {
  chooseSeed,
  createRandom,
  type Fleet,
  faultsOf,
  nameOf,
  noFaults,
  readReceipts,
  type Service,
  startFleet,
  toAccount,
} from "./src/index.ts";

const accounts = 10;
const roomsOfAccount = 25;
const sends = 10_000;
const takeOverMs = 30_000;
/** The posts of every tenth room are edited. */
const editedEvery = 10;

type Place = Omit<SendInit, "text"> & { readonly room: string };

/** Rooms of several accounts; all of them are channels of the one simulated workspace. */
async function openPlaces({ db, cliq }: Fleet): Promise<readonly Place[]> {
  const { rows } = await db.query<{ id: string; tenant_id: string }>("SELECT id, tenant_id FROM accounts");
  const [first] = rows;
  if (first === undefined) throw new Error("the fleet has an account");
  const ids = [first.id];
  while (ids.length < accounts) {
    const id = newId();
    await db.query(
      `INSERT INTO accounts (id, tenant_id, channel_type, external_id, display_name, rate_limit_per_second)
       VALUES ($1, $2, 'zoho_cliq', $3, 'Another', 5000)`,
      [id, first.tenant_id, `org-${id}`],
    );
    ids.push(id);
  }
  await db.query("UPDATE accounts SET rate_limit_per_second = 5000");
  const chats = new Map(cliq.chats().map(({ name, id }) => [name, id]));
  return ids.flatMap((accountId, account) =>
    Array.from({ length: roomsOfAccount }, (_, index) => {
      const room = roomName(account, index);
      return {
        room,
        tenantId: first.tenant_id,
        accountId,
        channelType: "zoho_cliq",
        conversationId: newId(),
        conversationExternalId: chats.get(room) ?? "",
        attributes: { cliq_channel_name: room },
      };
    }),
  );
}

function roomName(account: number, index: number): string {
  return `room-${account}-${index}`;
}

const allRooms: readonly string[] = Array.from({ length: accounts }, (_, account) =>
  Array.from({ length: roomsOfAccount }, (_none, index) => roomName(account, index)),
).flat();

interface Sent {
  readonly names: readonly string[];
  readonly edited: ReadonlySet<string>;
  readonly commands: number;
}

/** Posts in each room one after the other. Some rooms get two edits per post; the later one must remain. */
async function sendAll(mio: Mio, places: readonly Place[]): Promise<Sent> {
  const names: string[] = [];
  const edited = new Set<string>();
  const perRoom = sends / places.length;
  for (let round = 0; round < perRoom; round += 1) {
    await Promise.all(
      places.map(async ({ room, ...place }, index) => {
        const name = nameOf(room, round);
        names.push(name);
        const post = await mio.send({ ...place, text: name });
        if (index % editedEvery !== 0) return;
        edited.add(name);
        await mio.edit({ of: post, text: `${name}?` });
        await mio.edit({ of: post, text: `${name}!` });
      }),
    );
  }
  return { names, edited, commands: names.length + 2 * edited.size };
}

interface Kill {
  readonly at: number;
  readonly how: "killed" | "stopped";
}

/** How long pools freeze, by step: shorter than a lease, longer than a lease, and longer than any platform call. */
const stopsMs: ReadonlyMap<number, readonly [least: number, more: number]> = new Map([
  [1, [5_000, 5_000]],
  [3, [16_000, 8_000]],
  [6, [55_000, 5_000]],
]);

/** Kills and freezes pools at random moments until everything is posted. */
async function killAtRandom(
  fleet: Fleet,
  senders: readonly Service[],
  random: () => number,
): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  const posted = (): number => fleet.cliq.counters().post;
  for (let step = 0; step < 7; step += 1) {
    const goal = Math.round(((step + 0.3 + random() * 0.6) * sends) / 7);
    await eventually(() => posted() >= goal, { timeoutMs: 120_000, everyMs: 10 });
    const first = Math.floor(random() * senders.length);
    const stop = stopsMs.get(step);
    if (stop !== undefined) {
      const [least, more] = stop;
      const pid = senders[first]?.process.pid ?? 0;
      kills.push({ at: Date.now(), how: "stopped" });
      process.kill(pid, "SIGSTOP");
      await sleep(least + random() * more);
      process.kill(pid, "SIGCONT");
      continue;
    }
    const victims = step === 5 ? [first, (first + 1) % senders.length] : [first];
    kills.push({ at: Date.now(), how: "killed" });
    await Promise.all(victims.map((victim) => senders[victim]?.process.kill()));
    await sleep(random() * 1_000);
    await Promise.all(victims.map((victim) => senders[victim]?.process.start()));
  }
  return kills;
}

/**
 * How long the slowest account with further commands paused after a kill. If the pool that took over was killed too,
 * the time counts from that kill.
 */
function slowestTakeOver({ cliq }: Fleet, kills: readonly Kill[]): number {
  const times = Map.groupBy(cliq.visiblePosts(), ({ text }) => text.split("-")[1] ?? "");
  const waits = kills.flatMap(({ at }) =>
    [...times.values()].flatMap((posts) => {
      const next = posts.find(({ postedAt }) => postedAt.getTime() > at);
      if (next === undefined) return [];
      const wentOn = next.postedAt.getTime();
      const again = kills.some((other) => other.at > at && other.at < wentOn);
      return again ? [] : [wentOn - at];
    }),
  );
  return Math.max(...waits);
}

test("three pools, killed and frozen at random, show each of ten thousand sends once, in order", async () => {
  const random = createRandom(chooseSeed("sender storm", process.env["MIO_E2E_SEED"]));
  await using stack = new AsyncDisposableStack();
  // Only senders are killed here, so NATS need not sync every message to disk.
  const fleet = stack.use(await startFleet({ syncAlways: false, cliq: { channels: allRooms } }));
  const senders = await Promise.all([1, 2, 3].map(() => fleet.start("sender-pool")));
  await fleet.start("media-vault");
  const mio = stack.use(await connect({ servers: fleet.nats.url }));
  const places = await openPlaces(fleet);
  const [sent, kills] = await Promise.all([sendAll(mio, places), killAtRandom(fleet, senders, random)]);
  const receipts = await readReceipts(fleet.nats.url, { count: sent.commands, patienceMs: 60_000 });
  // The first of two edits may have been superseded by the second.
  const isRight = ({ state, reason }: { readonly state: State; readonly reason: string }): boolean =>
    state === State.SENT || (state === State.SUPPRESSED && reason === "superseded");
  const notSent = [...receipts.values()].filter((receipt) => !isRight(receipt));
  const took = slowestTakeOver(fleet, kills);
  process.stdout.write(`sender storm: ${receipts.size} receipts, slowest take-over ${took} ms\n`);
  expect(notSent).toEqual([]);
  expect(receipts.size).toBe(sent.commands);
  const shown = fleet.cliq.visiblePosts().map(({ text }) => text);
  const seen = shown.map((text) => text.replace(/!$/, ""));
  expect(faultsOf(toAccount({ attempted: sent.names, promised: sent.names, seen }))).toEqual(noFaults);
  expect(new Set(shown.filter((text) => text.endsWith("!")).map((text) => text.slice(0, -1)))).toEqual(
    sent.edited,
  );
  expect(took).toBeLessThan(takeOverMs);
});
