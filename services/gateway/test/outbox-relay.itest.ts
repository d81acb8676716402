import type { Publication, Published } from "@mio/bus";
import { newId } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { type Clock, systemClock } from "@mio/pacing";
import { ConversationKind } from "@mio/proto";
import { createLogger } from "@mio/service-kit";
import { createLedger, ensureAccount, ensureTenant, migrate, openStore } from "@mio/store";
import { aMessage, eventually, testDatabase } from "@mio/testkit";
import { expect, test } from "vitest";
import { createBusBreaker } from "../src/publish/bus-breaker.ts";
import { createOutboxRelay } from "../src/publish/outbox-relay.ts";
import { createOrderedPublisher } from "../src/publish/publish-in-order.ts";

interface Held {
  readonly text: string;
  confirm(): void;
}

interface StartOptions {
  readonly connected?: boolean;
  readonly answersPing?: boolean;
  readonly fails?: boolean;
  /** Rejects every publication. */
  readonly refuses?: boolean;
  /** Confirms every publication at once. */
  readonly confirms?: boolean;
  readonly minAgeMs?: number;
  readonly clock?: Clock;
}

/** Ledger and outbox on a real Postgres; a fake bus that keeps each publication pending until the test confirms it. */
async function relayFixture() {
  await using opening = new AsyncDisposableStack();
  const prepare = async (dsn: string): Promise<void> => void (await migrate({ dsn }));
  const database = opening.use(await testDatabase({ template: { name: "store", prepare } }));
  const { pool } = opening.use(
    await openStore({ dsn: database.dsn, maxConnections: 6, applicationName: "test" }),
  );
  const [tenantId, accountId] = [newId(), newId()];
  await ensureTenant(pool, { id: tenantId, slug: "dev" });
  const place = { id: accountId, tenantId, channelType: "zoho_cliq", externalId: "org", displayName: "Test" };
  await ensureAccount(pool, place);
  const ledger = createLedger(pool);
  const record = (text: string, conversationExternalId = "C1") =>
    ledger.accept({
      message: aMessage({ tenantId, accountId, conversationExternalId, sourceMessageId: text }),
      containerKind: ConversationKind.CHANNEL_PUBLIC,
    });

  /** The relay and callers of one gateway, with a separate bus. */
  const start = (options: StartOptions = {}) => {
    const { connected = true, answersPing = true, fails = false, minAgeMs = 60_000 } = options;
    const held: Held[] = [];
    const sent: string[] = [];
    const bus = { connected, answersPing, fails };
    const confirmedIds = new Set<string>();
    const publish = ({ dedupId }: Publication): Promise<Published> => {
      const text = dedupId.split(":").at(-1) ?? "";
      sent.push(text);
      const { promise, resolve, reject } = Promise.withResolvers<Published>();
      if (options.confirms === true) resolve({ stream: "S", sequence: 1, duplicate: false });
      else if (options.refuses === true) reject(new MioError("bus.rejected", "scripted"));
      else if (bus.fails) reject(new MioError("bus.publish_timeout", "scripted", { retry: "soon" }));
      else held.push({ text, confirm: () => resolve({ stream: "S", sequence: 1, duplicate: false }) });
      return promise;
    };
    const now = () => performance.now();
    const breaker = createBusBreaker({ now, restMs: 60_000 });
    const confirmed = {
      add: (id: string) => void confirmedIds.add(id),
      has: (id: string) => confirmedIds.has(id),
    };
    const relay = createOutboxRelay({
      db: pool,
      bus: {
        publisher: { publish },
        isConnected: () => bus.connected,
        ping: async () => {
          if (!bus.answersPing) throw new MioError("bus.unavailable", "scripted", { retry: "soon" });
        },
      },
      stored: { duplicateWindowMs: async () => 120_000, idsSince: async () => new Set(), forget: () => {} },
      breaker,
      confirmed,
      giveUp: async () => {},
      clock: options.clock ?? systemClock,
      now,
      logger: createLogger({ service: "test", level: "silent" }),
      minAgeMs,
      onRelayed: () => {},
      onGivenUp: () => {},
    });
    const callers = createOrderedPublisher({
      publisher: { publish },
      confirmed,
      relay,
      breaker,
      publishWaitMs: 10_000,
      now,
    });
    const stopping = new AbortController();
    const done = relay.worker.run(stopping.signal);
    opened.defer(async () => {
      for (const { confirm } of held) confirm();
      stopping.abort();
      await done;
    });
    const nextHeld = (text: string) =>
      eventually(() => {
        const found = held.find((each) => each.text === text);
        if (found === undefined) throw new Error(`${text} was not published`);
        return found;
      });
    return { relay, callers, bus, sent, nextHeld };
  };
  const turnOf = async () => (await pool.query("SELECT owner FROM outbox_turn")).rows[0]?.["owner"];
  const isOver = () =>
    eventually(async () => expect((await pool.query("SELECT FROM outbox")).rowCount).toBe(0));
  const opened = opening.move();
  return { record, start, isOver, turnOf, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test("publishes an event after the one that the relay is publishing", async () => {
  await using world = await relayFixture();
  const { relay, callers, sent, nextHeld } = world.start();
  const first = await world.record("first");
  relay.leave(first.conversationId);
  const held = await nextHeld("first");
  const second = await world.record("second");
  expect(await callers.publish(second)).toEqual({ kind: "left", cause: "order" });
  expect(sent).toEqual(["first"]);
  held.confirm();
  (await nextHeld("second")).confirm();
  await world.isOver();
  expect(sent).toEqual(["first", "second"]);
  const third = callers.publish(await world.record("third"));
  (await nextHeld("third")).confirm();
  expect(await third).toEqual({ kind: "published" });
});

test("two relays never publish one conversation in parallel", async () => {
  await using world = await relayFixture();
  const relays = [world.start({ minAgeMs: 0 }), world.start({ minAgeMs: 0 })];
  const publications = () => relays.flatMap(({ sent }) => sent);
  const texts = ["0", "1", "2", "3"];
  for (const text of texts) await world.record(text);
  for (const [at, text] of texts.entries()) {
    const held = await Promise.any(relays.map(({ nextHeld }) => nextHeld(text)));
    expect(publications()).toEqual(texts.slice(0, at + 1));
    held.confirm();
  }
  await world.isOver();
  expect(publications()).toEqual(texts);
});

/** A clock that moves only when the test says so: a pause lasts until then. */
function steppedClock() {
  const pauses: { readonly ms: number; readonly end: () => void }[] = [];
  const sleep: Clock["sleep"] = (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      pauses.push({ ms, end: () => resolve() });
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  const nth = (at: number) =>
    eventually(() => {
      const pause = pauses[at];
      if (pause === undefined) throw new Error("it does not pause");
      return pause;
    });
  return { clock: { now: () => new Date(), sleep }, nth };
}

test("a relay with a failed batch leaves the turn to others until its server answers", async () => {
  await using world = await relayFixture();
  await world.record("waits");
  const { clock, nth } = steppedClock();
  const { bus, sent, nextHeld } = world.start({ fails: true, answersPing: false, minAgeMs: 0, clock });
  const rest = await nth(0);
  expect([rest.ms, sent, await world.turnOf()]).toEqual([2_000, ["waits"], null]);
  // Its server does not answer the ping, so it does not ask for the turn.
  rest.end();
  const next = await nth(1);
  expect([next.ms, sent]).toEqual([2_000, ["waits"]]);
  Object.assign(bus, { answersPing: true, fails: false });
  next.end();
  (await nextHeld("waits")).confirm();
  await world.isOver();
});

test("retries events left to a relay that could not publish them, at any age", async () => {
  await using world = await relayFixture();
  const { clock, nth } = steppedClock();
  const { relay, bus, sent, nextHeld } = world.start({ fails: true, clock });
  const { conversationId } = await world.record("waits");
  const idle = await nth(0);
  relay.leave(conversationId);
  idle.end();
  const rest = await nth(1);
  expect([rest.ms, sent]).toEqual([2_000, ["waits"]]);
  bus.fails = false;
  rest.end();
  (await nextHeld("waits")).confirm();
  await world.isOver();
});

test("lets callers try the bus again once the relay has published", async () => {
  await using world = await relayFixture();
  const { callers, bus, nextHeld } = world.start({ fails: true });
  const left = await callers.publish(await world.record("first", "C1"));
  expect(left).toEqual({ kind: "left", cause: "bus.publish_timeout" });
  bus.fails = false;
  (await nextHeld("first")).confirm();
  await world.isOver();
  const second = callers.publish(await world.record("second", "C2"));
  (await nextHeld("second")).confirm();
  expect(await second).toEqual({ kind: "published" });
});

test("another relay publishes the events that one could not", async () => {
  await using world = await relayFixture();
  await world.record("waits");
  const { clock, nth } = steppedClock();
  const broken = world.start({ fails: true, minAgeMs: 0, clock });
  await nth(0);
  const healthy = world.start({ minAgeMs: 0 });
  (await healthy.nextHeld("waits")).confirm();
  await world.isOver();
  expect(broken.sent).toEqual(["waits"]);
});

test("a disconnected relay takes no turn, and resumes once connected", async () => {
  await using world = await relayFixture();
  await world.record("waits");
  const { clock, nth } = steppedClock();
  const apart = world.start({ connected: false, minAgeMs: 0, clock });
  const pause = await nth(0);
  expect([pause.ms, apart.sent, await world.turnOf()]).toEqual([100, [], null]);
  apart.bus.connected = true;
  pause.end();
  (await apart.nextHeld("waits")).confirm();
  await world.isOver();
});

test("relays events left to it during another's turn afterwards, at any age", async () => {
  await using world = await relayFixture();
  const busy = world.start();
  const first = await world.record("first", "C1");
  busy.relay.leave(first.conversationId);
  const held = await busy.nextHeld("first");
  const { clock, nth } = steppedClock();
  const second = await world.record("second", "C2");
  const waiting = world.start({ clock });
  waiting.relay.leave(second.conversationId);
  const pause = await eventually(async () => {
    for (let at = 0; ; at += 1) {
      const each = await nth(at);
      if (each.ms === 100) return each;
      waiting.relay.leave(second.conversationId);
    }
  });
  expect(waiting.sent).toEqual([]);
  held.confirm();
  await eventually(async () => expect(await world.turnOf()).toBeNull());
  pause.end();
  (await waiting.nextHeld("second")).confirm();
  await world.isOver();
});

test("relays a long backlog of one conversation without pauses, then releases the turn", async () => {
  await using world = await relayFixture();
  const texts = Array.from({ length: 150 }, (_, at) => `${at}`);
  for (const text of texts) await world.record(text);
  // A pause would last until the end of the test.
  const { clock } = steppedClock();
  const { sent } = world.start({ minAgeMs: 0, confirms: true, clock });
  await world.isOver();
  expect(sent).toEqual(texts);
  await eventually(async () => expect(await world.turnOf()).toBeNull());
});

test("retries an event that the bus rejects only after a pause", async () => {
  await using world = await relayFixture();
  const { clock, nth } = steppedClock();
  const { relay, sent } = world.start({ refuses: true, clock });
  await nth(0);
  const { conversationId } = await world.record("refused");
  relay.leave(conversationId);
  await nth(1);
  expect(sent).toEqual(["refused"]);
});
