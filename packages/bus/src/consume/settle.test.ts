import { MioError } from "@mio/failure";
import { expect, test } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { consumers } from "../topology/topology.ts";
import { arrivedAgain, type Held, toHeld } from "./held.ts";
import { type Settlement, type SettleOptions, settle } from "./settle.ts";

const silence = new MioError("bus.publish_timeout", "scripted", { retry: "soon" });
const disconnected = new MioError("bus.unavailable", "scripted", { retry: "soon" });
const never = new AbortController().signal;
const decoder = new TextDecoder();

function aDelivery(deliveryCount = 1): Held {
  const headers = { get: () => undefined, entries: () => [] };
  const at = { subject: "mio.inbound.slack.acct.conv", payload: new Uint8Array(), headers };
  const stored = { streamSequence: 1, deliveryCount, timestamp: new Date(0), pinEpoch: undefined };
  return toHeld({ ...at, ...stored }, "reply");
}

/** A server that gives these answers to acknowledgements, one after the other, and then confirms. */
function scripted(answers: readonly (() => Promise<unknown>)[], changes: Partial<SettleOptions> = {}) {
  const left = [...answers];
  const sent: string[] = [];
  const asked: string[] = [];
  const words: string[] = [];
  const request = async ({
    subject,
    payload,
  }: {
    readonly subject: string;
    readonly payload: Uint8Array;
  }) => {
    asked.push(subject);
    words.push(decoder.decode(payload));
    return await left.shift()?.();
  };
  const options: SettleOptions = {
    bus: aBus(request, (subject, word) => void sent.push(`${subject} ${word}`)),
    consumer: consumers.mediaVault,
    certain: async () => {},
    stopping: never,
    signal: never,
    ...changes,
  };
  const settleAs = (held: Held, ack: Settlement = { kind: "ack" }) => settle(held, ack, options);
  return { asked, words, sent, settle: settleAs };
}

function aBus(request: unknown, publish: (subject: string, word: string) => void, isUp = true): Bus {
  return { requests: { request }, nc: { publish }, isConnected: () => isUp } as unknown as Bus;
}

const silent = () => Promise.reject(silence);

test("gives up after two requests without an answer", async () => {
  const server = scripted([silent, silent, silent]);
  expect(await server.settle(aDelivery())).toBe(false);
  expect(server.asked).toHaveLength(2);
});

test("asks the server again when the message was delivered again meanwhile", async () => {
  const held = aDelivery();
  const again = () => {
    arrivedAgain(held, "new reply");
    return silent();
  };
  const server = scripted([silent, again, silent]);
  expect(await server.settle(held)).toBe(true);
  expect(server.asked).toEqual(["reply", "reply", "new reply", "new reply"]);
});

test("retries an answer after a lost connection", async () => {
  const lost = () => Promise.reject(disconnected);
  const server = scripted([lost, lost, lost, silent]);
  expect(await server.settle(aDelivery())).toBe(true);
  expect(server.asked).toHaveLength(5);
});

test("answers nothing for an orphan, even if it is detected late", async () => {
  const known = Promise.withResolvers<void>();
  const server = scripted([], { certain: () => known.promise });
  const held = aDelivery();
  const settled = server.settle(held);
  held.isOrphan = true;
  known.resolve();
  expect(await settled).toBe(true);
  expect(server.asked).toEqual([]);
});

test.each<[what: string, ack: Settlement, word: string]>([
  ["a handled message", { kind: "ack" }, "+ACK"],
  ["one that goes back untried", { kind: "return" }, "-NAK"],
  ["one that comes again at once", { kind: "retry", afterMs: 0, error: silence }, "-NAK"],
  [
    "a delay in nanoseconds",
    { kind: "retry", afterMs: 1_500.2, error: silence },
    '-NAK {"delay":1501000000}',
  ],
])("the server is given its own word for %s", async (_, ack, word) => {
  const server = scripted([]);
  expect(await server.settle(aDelivery(), ack)).toBe(true);
  expect(server.words).toEqual([word]);
});

test("only sends the acknowledgement of a first delivery when that is enough", async () => {
  const server = scripted([], { acks: "sent" });
  expect(await server.settle(aDelivery())).toBe(false);
  expect([server.sent, server.asked]).toEqual([["reply +ACK"], []]);
});

const isStopping = { stopping: AbortSignal.abort() };
const retry: Settlement = { kind: "retry", afterMs: 0, error: silence };

test.each<[what: string, changes: Partial<SettleOptions>, held: Held, ack: Settlement]>([
  ["a redelivery", {}, aDelivery(2), { kind: "ack" }],
  ["a message that came again while it was handled", {}, { ...aDelivery(), arrivals: 2 }, { kind: "ack" }],
  ["a message handled during a stop", isStopping, aDelivery(), { kind: "ack" }],
  ["a message that goes back", {}, aDelivery(), retry],
])(
  "waits for the confirmation of %s although acknowledgements are only sent",
  async (_, changes, held, ack) => {
    const server = scripted([], { acks: "sent", ...changes });
    expect(await server.settle(held, ack)).toBe(true);
    expect([server.sent, server.asked]).toEqual([[], ["reply"]]);
  },
);

test("waits for the next connection instead of sending an acknowledgement into a lost one", async () => {
  let tries = 0;
  const request = async () => {
    tries += 1;
    if (tries === 1) throw disconnected;
  };
  const sent: string[] = [];
  const bus = aBus(request, (subject) => void sent.push(subject), false);
  const server = scripted([], { acks: "sent", bus });
  expect(await server.settle(aDelivery())).toBe(true);
  expect([tries, sent]).toEqual([2, []]);
});

test("sends nothing for an orphan that is detected late", async () => {
  const known = Promise.withResolvers<void>();
  const server = scripted([], { acks: "sent", certain: () => known.promise });
  const held = aDelivery();
  const settled = server.settle(held);
  held.isOrphan = true;
  known.resolve();
  expect(await settled).toBe(true);
  expect([server.sent, server.asked]).toEqual([[], []]);
});
