import { readFileSync } from "node:fs";
import type { RejectedMessage } from "@mio/jetstream";
import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { createLink } from "../connection/link.ts";
import type { Session } from "../connection/session.ts";
import { keepDeadLetter } from "./dead-letter.ts";
import { type Delivery, toDelivery } from "./delivery.ts";

interface Answer {
  readonly kind: "ack" | "working" | "nak" | "term";
  readonly afterMs?: number;
  readonly reason?: string;
}

interface Vectors {
  readonly deliveries: readonly {
    readonly name: string;
    readonly reply: string;
    readonly expected?: {
      readonly deliveryCount: number;
      readonly streamSequence: number;
      readonly consumerSequence: number;
      readonly storedAtMs: number;
    };
  }[];
  readonly answers: readonly { readonly answer: Answer; readonly word: string }[];
  readonly deadLetters: readonly {
    readonly name: string;
    readonly message: Omit<RejectedMessage, "payload" | "headers"> & {
      readonly payload: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
    };
    readonly subject: string;
    readonly dedupId: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
  }[];
}

const file = new URL("../../../../packages/jetstream/fixtures/vectors.json", import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, "utf8"));

/** A delivery, and what it sends to the server. */
function received(reply: string, data = new Uint8Array(), head?: MsgHdrs) {
  const words: unknown[] = [];
  const nc = { request: () => Promise.reject(new Error("not asked")) };
  const respond = (word: unknown) => words.push(word) > 0;
  const all = { subject: "mio.x", data, reply, respond, ...(head && { headers: head }) };
  return { words, delivery: toDelivery(nc, all) };
}

describe("the vectors of @mio/jetstream", () => {
  it.each(vectors.deliveries)("hold for a delivery: $name", ({ reply, expected }) => {
    const { delivery } = received(reply);
    if (expected === undefined) {
      expect(delivery).toBeUndefined();
      return;
    }
    expect(delivery).toMatchObject({
      stream: "MESSAGES_INBOUND_ENRICHED",
      consumer: "agent",
      seq: expected.streamSequence,
      timeMs: expected.storedAtMs,
      consumerSeq: expected.consumerSequence,
      deliveryCount: expected.deliveryCount,
    });
  });

  it.each(vectors.answers)("hold for the answer $answer", ({ answer, word }) => {
    const { delivery, words } = received("$JS.ACK.S.C.1.1.1.1.0");
    const answers: Readonly<Record<string, () => void>> = {
      ack: () => delivery?.ack(),
      working: () => delivery?.working(),
      nak: () => delivery?.nak(answer.afterMs),
      term: () => delivery?.term(answer.reason ?? ""),
    };
    answers[answer.kind]?.();
    expect(words).toEqual([word]);
  });

  it.each(vectors.deadLetters)("hold for a dead letter $name", async (vector) => {
    const { message, subject, dedupId } = vector;
    const head = headers();
    for (const [name, value] of message.headers) head.append(name, value);
    const { streamSequence: seq, storedAtMs: timeMs, durable, deliveries, payload, ...rest } = message;
    const stored: { subject: string; msgID: string; head: MsgHdrs }[] = [];
    const publish = async (to: string, _: Uint8Array, options: { msgID: string; headers: MsgHdrs }) =>
      void stored.push({ subject: to, msgID: options.msgID, head: options.headers });
    const session = { js: { publish }, link: createLink() } as unknown as Session;
    const known = { seq, timeMs, consumer: durable, deliveryCount: deliveries, headers: head };
    const delivery = { ...rest, ...known, data: new TextEncoder().encode(payload) } as unknown as Delivery;
    await keepDeadLetter(session, delivery, message);
    expect(stored).toMatchObject([{ subject, msgID: dedupId }]);
    const written = [...(stored[0]?.head ?? [])].flatMap(([name, values]) =>
      values.map((value) => [name, value]),
    );
    const own = written.filter(([name]) => name !== "Mio-Dead-Time");
    expect(own.toSorted()).toEqual(vector.headers.toSorted());
  });
});
