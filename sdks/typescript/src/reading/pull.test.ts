import { getEventListeners } from "node:events";
import { JetStreamApiError } from "@nats-io/jetstream";
import { headers, type Msg } from "@nats-io/transport-node";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createLink } from "../connection/link.ts";
import type { Session } from "../connection/session.ts";
import type { MioEvent } from "../events.ts";
import type { Delivery } from "./delivery.ts";
import { openPull, type Pull } from "./pull.ts";

const first = "2026-11-30T08:00:00Z";
const second = "2026-11-30T09:00:00Z";
const at = (created: string, seq: number) => Date.parse(created) + seq;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
  vi.useRealTimers();
});

describe("a pull", () => {
  it("hands out deliveries in order, and a repetition of one that is held only once", async () => {
    const { server, pull } = await aPull();
    server.deliver(1, at(first, 1));
    server.deliver(2, at(first, 2));
    server.deliver(1, at(first, 1));
    server.deliver(3, at(first, 3));
    const taken = [await pull.next(), await pull.next(), await pull.next()];
    expect(taken.map((delivery) => delivery?.seq)).toEqual([1, 2, 3]);
    expect(server.answers).toEqual([]);
  });

  it("acknowledges finished messages without handing them out again", async () => {
    const { server, pull } = await aPull();
    server.deliver(1, at(first, 1));
    pull.release(await taken(pull), "finished");
    server.deliver(1, at(first, 1));
    server.deliver(2, at(first, 2));
    expect((await pull.next())?.seq).toBe(2);
    expect(server.answers).toEqual(["+ACK 1"]);
  });

  it("hands out again what was given back", async () => {
    const { server, pull } = await aPull();
    server.deliver(1, at(first, 1));
    const delivery = await taken(pull);
    await pull.giveBack(delivery, 1_000);
    pull.release(delivery, "again");
    server.deliver(1, at(first, 1));
    expect((await pull.next())?.seq).toBe(1);
    expect(server.answers).toEqual(['-NAK {"delay":1000000000} 1']);
  });

  it("takes no message of a recreated stream for one that it finished or holds", async () => {
    const { server, pull } = await aPull();
    for (const seq of [1, 2]) server.deliver(seq, at(first, seq));
    pull.release(await taken(pull), "finished");
    const held = await taken(pull);
    server.deliver(1, at(second, 1));
    server.deliver(2, at(second, 2));
    const again = [await pull.next(), await pull.next()];
    expect(again.map((delivery) => delivery?.timeMs)).toEqual([at(second, 1), at(second, 2)]);
    expect(held.timeMs).toBe(at(first, 2));
    await pull.giveBack(held);
    expect(server.answers).toEqual([]);
  });

  it("answers no delivery of a former stream", async () => {
    const { server, pull, events } = await aPull();
    server.deliver(1, at(first, 1));
    const old = await taken(pull);
    server.created = second;
    server.end(409, "Consumer Deleted");
    await expect.poll(() => pull.isFormer(old)).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(["reading_interrupted", "stream_replaced"]);
    server.deliver(1, at(second, 1));
    const young = await taken(pull);
    expect(pull.isFormer(young)).toBe(false);
    await pull.giveBack(old);
    await pull.giveBack(young);
    expect(server.answers).toEqual(["-NAK 1"]);
  });

  it("requests as many as it can hold, and again when one is released", async () => {
    const { server, pull } = await aPull({ window: 3 });
    expect(server.batches).toEqual([3]);
    for (const seq of [1, 2, 3]) server.deliver(seq, at(first, seq));
    const delivery = await taken(pull);
    await settled();
    expect(server.batches).toEqual([3]);
    pull.release(delivery, "finished");
    await expect.poll(() => server.batches).toEqual([3, 1]);
  });

  it("holds no more than the durable allows", async () => {
    const { server } = await aPull({ window: 80, maxAckPending: 5 });
    expect(server.batches).toEqual([5]);
  });

  it("sends heartbeats as often as the existing durable needs them", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { server } = await aPull({ durableAckWaitMs: 3_000 });
    server.deliver(1, at(first, 1));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(server.answers).toEqual(["+WPI 1", "+WPI 1", "+WPI 1"]);
  });

  it("reports an interruption once in the server's words, and again when they change", async () => {
    const { server, events } = await aPull();
    server.end(409, "Leadership Change");
    await expect.poll(() => server.batches).toHaveLength(2);
    server.infoFails = new JetStreamApiError({ code: 503, err_code: 10_008, description: "no quorum" });
    server.end(409, "Leadership Change");
    await expect.poll(() => events).toHaveLength(2);
    const words = events.map((event) => (event.type === "reading_interrupted" ? event.error : undefined));
    expect(words.map((error) => error?.code)).toEqual(["sdk.reading_interrupted", "sdk.reading_interrupted"]);
    expect(words.map((error) => error?.message.split(": ").at(-1))).toEqual([
      "409 Leadership Change.",
      "no quorum.",
    ]);
    server.infoFails = undefined;
    await expect.poll(() => server.batches).toHaveLength(3);
  });

  it("waits for a stream that is missing when it begins, and reads it then", async () => {
    const { server, pull, events } = await aPull({ missing: true });
    expect(events).toMatchObject([{ type: "reading_interrupted", error: { code: "sdk.no_stream" } }]);
    server.infoFails = undefined;
    await expect.poll(() => server.batches).toHaveLength(1);
    server.deliver(1, at(first, 1));
    expect((await pull.next())?.seq).toBe(1);
  });

  it("asks about stream and durable again once a lost connection is back", async () => {
    const { server, link } = await aPull();
    expect(server.infos).toBe(1);
    link.lost();
    server.created = second;
    link.restored();
    await expect.poll(() => server.infos).toBe(2);
  });

  it("takes silence for a lost request, reports it and asks again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { server, events } = await aPull();
    await vi.advanceTimersByTimeAsync(2_900);
    server.end(100, "Idle Heartbeat");
    await vi.advanceTimersByTimeAsync(2_900);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(events).toMatchObject([{ type: "reading_interrupted" }]);
    vi.useRealTimers();
    await expect.poll(() => server.batches).toHaveLength(2);
  });

  it("hears nothing of a request that it does not wait for any more", async () => {
    const { server, link, events } = await aPull();
    const former = server.replyTo;
    link.lost();
    link.restored();
    await expect.poll(() => server.batches).toHaveLength(2);
    server.end(409, "Consumer Deleted", former);
    await settled();
    expect([events, server.batches]).toEqual([[], [10, 10]]);
    server.end(409, "Consumer Deleted");
    await expect.poll(() => server.batches).toHaveLength(3);
    expect(events).toHaveLength(1);
  });

  it("gives back what was not taken when it ends, and waits for what is in hand", async () => {
    const { server, pull, stop } = await aPull();
    for (const seq of [1, 3, 2]) server.deliver(seq, at(first, seq));
    const inHand = await taken(pull);
    stop.abort();
    const stopped = pull.stop();
    expect(await pull.next()).toBeUndefined();
    await expect.poll(() => server.closed).toBe(true);
    await settled();
    expect(server.answers).toEqual([]);
    pull.release(inHand, "finished");
    await stopped;
    expect(server.answers).toEqual(["-NAK 2", "-NAK 3 confirmed"]);
  });

  it("gives back what is in hand once the server has heard that no more is asked for, not before", async () => {
    const { server, pull } = await aPull();
    server.deliver(1, at(first, 1));
    const delivery = await taken(pull);
    const stopped = pull.stop();
    const given = pull.giveBack(delivery);
    await settled();
    expect([server.closed, server.answers]).toEqual([false, []]);
    await given;
    expect([server.closed, server.answers]).toEqual([true, ["-NAK 1 confirmed"]]);
    pull.release(delivery, "again");
    await stopped;
  });

  it("does not wait for a confirmation without a connection", async () => {
    const { server, pull, link } = await aPull();
    server.deliver(1, at(first, 1));
    const delivery = await taken(pull);
    const stopped = pull.stop();
    link.lost();
    await pull.giveBack(delivery);
    pull.release(delivery, "again");
    await stopped;
    expect(server.answers).toEqual(["-NAK 1"]);
  });

  it("keeps the number of listeners constant over 100,000 reads", async () => {
    const { server, pull, stop, closing } = await aPull({ window: 1 });
    const count = () =>
      getEventListeners(stop.signal, "abort").length + getEventListeners(closing, "abort").length;
    const inner = () => getEventListeners(pull.signal, "abort").length;
    const before = [count(), inner()];
    const added = countAdditions(closing);
    for (let seq = 1; seq <= 100_000; seq += 1) {
      server.deliver(seq, at(first, seq));
      pull.release(await taken(pull), "finished");
      while (server.batches.length <= seq) await Promise.resolve();
    }
    expect([count(), inner()]).toEqual(before);
    expect(added()).toBe(0);
  });

  it("leaves no listener behind when it ends", async () => {
    const { pull, stop, closing, session } = await aPull();
    expect(getEventListeners(closing, "abort")).toHaveLength(1);
    await pull.stop();
    expect(getEventListeners(closing, "abort")).toHaveLength(0);
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
    expect(session.ended.size).toBe(0);
  });
});

async function taken(pull: Pull): Promise<Delivery> {
  const delivery = await pull.next();
  if (delivery === undefined) throw new Error("Reading has ended.");
  return delivery;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function countAdditions(signal: AbortSignal): () => number {
  const add = signal.addEventListener.bind(signal);
  let added = 0;
  signal.addEventListener = (...parts: Parameters<typeof add>) => {
    added += 1;
    add(...parts);
  };
  return () => added;
}

/** A server that delivers when the test says so. */
function aServer(maxAckPending: number, ackWaitMs: number) {
  let callback: (error: Error | null, msg: Msg) => void = () => {};
  const server = {
    /** Of the latest request. */
    replyTo: "",
    created: first,
    closed: false,
    infos: 0,
    infoFails: undefined as Error | undefined,
    batches: [] as number[],
    answers: [] as string[],
    deliver(seq: number, timeMs: number) {
      const reply = `$JS.ACK.S.agent.1.${seq}.${seq}.${timeMs}000000.0`;
      const respond = (word: unknown) => server.answers.push(`${word} ${seq}`) > 0;
      callback(null, {
        subject: "mio.inbound_enriched.a.b.c",
        data: new Uint8Array(),
        reply,
        respond,
      } as Msg);
    },
    end(code: number, description: string, replyTo?: string): void {
      callback(null, {
        subject: replyTo ?? server.replyTo,
        data: new Uint8Array(),
        headers: headers(code, description),
      } as unknown as Msg);
    },
    nc: {
      subscribe(_: string, options: { readonly callback: typeof callback }) {
        callback = options.callback;
        server.closed = false;
        return {
          isClosed: () => server.closed,
          unsubscribe: () => {
            server.closed = true;
          },
          drain: async () => {
            server.closed = true;
          },
        };
      },
      publish(_: string, request: string, options: { readonly reply: string }) {
        server.replyTo = options.reply;
        server.batches.push(JSON.parse(request).batch);
      },
      request: async (reply: string, word: string) =>
        void server.answers.push(`${word} ${reply.split(".")[5]} confirmed`),
      isClosed: () => false,
    },
    jsm: {
      streams: {
        info: async () => {
          if (server.infoFails !== undefined) throw server.infoFails;
          server.infos += 1;
          return { created: server.created, state: { last_seq: 1_000_000 } };
        },
      },
      consumers: {
        info: async () => ({
          created: server.created,
          ack_floor: { stream_seq: 0 },
          config: { max_ack_pending: maxAckPending, ack_wait: ackWaitMs * 1_000_000 },
        }),
      },
    },
  };
  return server;
}

async function aPull({
  window = 10,
  maxAckPending = 1_000,
  durableAckWaitMs = 30_000,
  missing = false,
} = {}) {
  const server = aServer(maxAckPending, durableAckWaitMs);
  if (missing) {
    server.infoFails = new JetStreamApiError({
      code: 404,
      err_code: 10_059,
      description: "stream not found",
    });
  }
  const events: MioEvent[] = [];
  const stop = new AbortController();
  const closing = new AbortController().signal;
  const link = createLink();
  const session = {
    nc: server.nc,
    jsm: server.jsm,
    link,
    closing,
    running: new Set(),
    ended: new Set(),
    onEvent: (event: MioEvent) => events.push(event),
  } as unknown as Session;
  const pull = await openPull(session, {
    durable: "agent",
    filterSubject: "mio.inbound_enriched.>",
    startFrom: "all",
    ackWaitMs: 30_000,
    maxAckPending,
    window,
    mayBeAbandoned: false,
    signal: stop.signal,
  });
  open.push(() => {
    void pull.stop();
    for (const end of session.ended) end();
  });
  if (!missing) await expect.poll(() => server.batches).toHaveLength(1);
  return { server, pull, events, stop, closing, link, session };
}
