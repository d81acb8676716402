import { JetStreamApiError } from "@nats-io/jetstream";
import { headers, InvalidArgumentError, type MsgHdrs } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { createLink, type Link } from "../connection/link.ts";
import type { Session } from "../connection/session.ts";
import type { MioEvent } from "../events.ts";
import { answerDelivery } from "./answer-delivery.ts";
import type { Delivery } from "./delivery.ts";

const reject = { kind: "reject", code: "sdk.rejected", reason: "cannot\nbe read" } as const;
const full = new JetStreamApiError({ code: 503, err_code: 10_077, description: "maximum bytes exceeded" });
const missing = new JetStreamApiError({ code: 404, err_code: 10_059, description: "stream not found" });
const wrongStream = new JetStreamApiError({ code: 400, err_code: 10_060, description: "does not match" });
const tooLarge = new InvalidArgumentError("'payload' max_payload size exceeded");

describe("an acknowledgement", () => {
  it("is confirmed, after the reader has noted the message as finished", async () => {
    const world = aWorld();
    await answerDelivery(world.session, world.taken, { kind: "ack" });
    expect(world.done).toEqual(["released as finished", "+ACK"]);
    expect(world.events).toEqual([]);
  });

  it("is repeated until the server confirms it", async () => {
    const world = aWorld({ acks: ["lost", "lost", "confirmed"] });
    await answerDelivery(world.session, world.taken, { kind: "ack" });
    expect(world.done).toEqual(["released as finished", "+ACK", "+ACK", "+ACK"]);
    expect(world.events).toEqual([]);
  });

  it("waits for a lost connection, and is then sent once", async () => {
    const world = aWorld();
    world.link.lost();
    const answering = answerDelivery(world.session, world.taken, { kind: "ack" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.done).toEqual(["released as finished"]);
    world.link.restored();
    await answering;
    expect(world.done).toEqual(["released as finished", "+ACK"]);
  });

  it("that never arrives is reported after six tries", async () => {
    const world = aWorld({ acks: Array.from({ length: 9 }, () => "lost" as const) });
    await answerDelivery(world.session, world.taken, { kind: "ack" });
    expect(world.done.filter((word) => word === "+ACK")).toHaveLength(6);
    expect(world.events).toEqual([
      { type: "acknowledgement_lost", subject: world.delivery.subject, streamSequence: 7 },
    ]);
  });

  it("does not hold up disposal: two tries while connected, none without a connection", async () => {
    const connected = aWorld({ acks: Array.from({ length: 9 }, () => "lost" as const), closing: true });
    await answerDelivery(connected.session, connected.taken, { kind: "ack" });
    expect(connected.done.filter((word) => word === "+ACK")).toHaveLength(2);
    const cutOff = aWorld({ closing: true });
    cutOff.link.lost();
    await answerDelivery(cutOff.session, cutOff.taken, { kind: "ack" });
    expect(cutOff.done).toEqual(["released as finished"]);
    expect(cutOff.events).toMatchObject([{ type: "acknowledgement_lost" }]);
  });
});

describe("a retry", () => {
  it("gives the message back before it releases it, so that it stays known until then", async () => {
    const world = aWorld();
    await answerDelivery(world.session, world.taken, { kind: "retry", afterMs: 250 });
    expect(world.done).toEqual(["given back after 250", "released as again"]);
  });
});

describe("a rejection", () => {
  it("ends the message only once its dead letter is stored", async () => {
    const world = aWorld();
    await answerDelivery(world.session, world.taken, reject);
    expect(world.done).toEqual(["letter of 3 bytes", "released as finished", "+TERM sdk.rejected"]);
    expect(world.events).toMatchObject([{ type: "message_rejected", kept: true, code: "sdk.rejected" }]);
  });

  it.each([
    ["is full", full],
    ["does not exist", missing],
    ["does not answer", new Error("timeout")],
  ])(
    "gives the message back, later at each delivery, while the stream of dead letters %s",
    async (_, error) => {
      for (const [deliveryCount, least, most] of [
        [1, 500, 1_000],
        [3, 2_000, 4_000],
        [20, 15_000, 30_000],
      ] as const) {
        const pauses: number[] = [];
        for (let run = 0; run < 60; run += 1) {
          const world = aWorld({ letters: [error, error, error], deliveryCount });
          await answerDelivery(world.session, world.taken, reject);
          expect(world.done.at(-1)).toBe("released as again");
          expect(world.done.some((word) => word.startsWith("+TERM"))).toBe(false);
          pauses.push(Number(world.done.at(-2)?.split(" ").at(-1)));
          expect(world.events).toMatchObject([{ type: "message_rejected", kept: false }]);
        }
        // The pauses are random up to a ceiling; 60 are all in the lower half once in 10^18 runs.
        expect(Math.max(...pauses)).toBeGreaterThanOrEqual(least);
        expect(Math.max(...pauses)).toBeLessThanOrEqual(most);
      }
    },
  );

  it.each([
    ["is full", full],
    ["does not answer", new Error("timeout")],
  ])("stores no smaller letter while the stream %s", async (_, error) => {
    const world = aWorld({ letters: [error] });
    await answerDelivery(world.session, world.taken, reject);
    expect(world.done.at(-1)).toBe("released as again");
  });

  it("copies what describes the message, and none of its orders to the server", async () => {
    const world = aWorld({
      head: {
        "Nats-Msg-Id": "enr:1",
        "nats-expected-stream": "MESSAGES_INBOUND_ENRICHED",
        "Nats-TTL": "1s",
        "Nats-Rollup": "sub",
        "Nats-Schedule": "@at 2030-01-01T00:00:00Z",
        "Mio-Redrive": "1",
        "Mio-Redrive-Durable": "another",
        traceparent: "00-a-b-01",
      },
    });
    await answerDelivery(world.session, world.taken, reject);
    const [letter] = world.letters;
    const copied = [...(letter?.head ?? [])].map(([name, values]) => [name, values.join(", ")]);
    expect(Object.fromEntries(copied)).toEqual({
      traceparent: "00-a-b-01",
      "Mio-Dead-Dedup-Id": "enr:1",
      "Mio-Dead-Order": [
        "nats-expected-stream: MESSAGES_INBOUND_ENRICHED",
        "Nats-TTL: 1s",
        "Nats-Rollup: sub",
        "Nats-Schedule: @at 2030-01-01T00:00:00Z",
      ].join(", "),
      "Mio-Dead-Reason": "cannot be read",
      "Mio-Dead-Code": "sdk.rejected",
      "Mio-Dead-Stream": "MESSAGES_INBOUND_ENRICHED",
      "Mio-Dead-Sequence": "7",
      "Mio-Dead-Deliveries": "1",
      "Mio-Dead-Time": expect.stringMatching(/^\d{4}-.*Z$/),
      "Mio-Dead-Durable": "agent",
      "Mio-Dead-Subject": "mio.inbound_enriched.slack.a.c",
    });
    expect(letter).toMatchObject({
      subject: "mio.dlq.inbound_enriched.slack.a.c",
      msgID: "dlq:MESSAGES_INBOUND_ENRICHED:agent:7:1700000000000",
    });
  });

  it.each([
    ["too large", tooLarge],
    ["refused", wrongStream],
  ])("stores a letter that is %s without the message's own headers", async (_, error) => {
    const world = aWorld({ letters: [error], head: { "X-Large": "x" } });
    await answerDelivery(world.session, world.taken, reject);
    expect(world.letters.map(({ head, size }) => [head.has("X-Large"), size])).toEqual([
      [true, 3],
      [false, 3],
    ]);
    expect(world.letters[1]?.head.get("Mio-Dead-Sequence")).toBe("7");
    expect(world.done.at(-1)).toBe("+TERM sdk.rejected");
  });

  it("stores a letter without the message's bytes when they leave no room for the reason", async () => {
    const world = aWorld({ letters: [tooLarge, tooLarge] });
    await answerDelivery(world.session, world.taken, reject);
    expect(world.letters.map(({ size }) => size)).toEqual([3, 3, 0]);
    expect(world.letters.map(({ head }) => head.get("Mio-Dead-Omitted-Bytes"))).toEqual(["", "", "3"]);
    expect(world.done.at(-1)).toBe("+TERM sdk.rejected");
  });

  it("gives the message back when no letter at all is taken", async () => {
    const world = aWorld({ letters: [wrongStream, wrongStream, wrongStream] });
    await answerDelivery(world.session, world.taken, reject);
    expect(world.letters.map(({ size }) => size)).toEqual([3, 3, 0]);
    expect(world.done.at(-1)).toBe("released as again");
  });

  it("uses unknown names when the subject is not Mio's, and cuts a long reason", async () => {
    const world = aWorld({ subject: "mio.inbound_enriched.odd" });
    await answerDelivery(world.session, world.taken, { ...reject, reason: "x".repeat(900) });
    expect(world.letters[0]?.subject).toBe("mio.dlq.inbound_enriched.unknown.unknown.unknown");
    expect(world.letters[0]?.head.get("Mio-Dead-Reason")).toHaveLength(500);
  });
});

describe("the answer to a message of a stream that is gone", () => {
  it.each([{ kind: "ack" } as const, reject])("is not sent: %j", async (answer) => {
    const world = aWorld({ isFormer: true });
    await answerDelivery(world.session, world.taken, answer);
    expect(world.done.filter((word) => word.startsWith("+"))).toEqual([]);
    expect(world.done.at(-1)).toBe("released as finished");
  });

  it("is a dead letter when it was to come again, because it cannot", async () => {
    const world = aWorld({ isFormer: true });
    await answerDelivery(world.session, world.taken, { kind: "retry", afterMs: 0 });
    expect(world.done).toEqual(["letter of 3 bytes", "released as finished"]);
    expect(world.letters[0]?.head.get("Mio-Dead-Code")).toBe("bus.deliveries_exhausted");
  });
});

interface Script {
  readonly acks?: readonly ("lost" | "confirmed")[];
  /** How the first tries to store a letter fail. */
  readonly letters?: readonly Error[];
  readonly head?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly deliveryCount?: number;
  readonly closing?: boolean;
  readonly isFormer?: boolean;
}

interface StoredLetter {
  readonly subject: string;
  readonly msgID: string;
  readonly head: MsgHdrs;
  readonly size: number;
}

/** A server and a reader that record what they receive. */
function aWorld(script: Script = {}) {
  const done: string[] = [];
  const events: MioEvent[] = [];
  const letters: StoredLetter[] = [];
  const acks = [...(script.acks ?? [])];
  const failures = [...(script.letters ?? [])];
  const link: Link = createLink();
  const head = headers();
  for (const [key, value] of Object.entries(script.head ?? {})) head.append(key, value);
  const delivery: Delivery = {
    subject: script.subject ?? "mio.inbound_enriched.slack.a.c",
    data: new Uint8Array(3),
    headers: head,
    seq: 7,
    timeMs: 1_700_000_000_000,
    stream: "MESSAGES_INBOUND_ENRICHED",
    consumer: "agent",
    consumerSeq: 7,
    deliveryCount: script.deliveryCount ?? 1,
    working: () => done.push("+WPI"),
    ack: () => done.push("+ACK"),
    confirmedAck: async () => {
      done.push("+ACK");
      if (acks.shift() === "lost") throw new Error("no answer");
    },
    nak: () => done.push("-NAK"),
    confirmedNak: async () => void done.push("-NAK"),
    term: (reason) => done.push(`+TERM ${reason}`),
  };
  const publish = async (
    subject: string,
    data: Uint8Array,
    options: { readonly msgID: string; readonly headers: MsgHdrs },
  ) => {
    letters.push({ subject, msgID: options.msgID, head: options.headers, size: data.length });
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    done.push(`letter of ${data.length} bytes`);
  };
  const session = {
    js: { publish },
    link,
    closing: script.closing ? AbortSignal.abort() : new AbortController().signal,
    onEvent: (event: MioEvent) => events.push(event),
  } as unknown as Session;
  const pull = {
    isFormer: () => script.isFormer ?? false,
    giveBack: async (_: Delivery, afterMs = 0) => void done.push(`given back after ${afterMs}`),
    release: (_: Delivery, answer: string) => void done.push(`released as ${answer}`),
  };
  return { session, taken: { delivery, pull }, delivery, link, done, events, letters };
}
