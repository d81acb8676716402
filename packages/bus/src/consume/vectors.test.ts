import { readFileSync } from "node:fs";
import { MioError } from "@mio/failure";
import type { RejectedMessage } from "@mio/jetstream";
import { headers, type Msg } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import type { Bus } from "../connect/connection.ts";
import { publishDeadLetter } from "../dead-letters/publish-dead-letter.ts";
import type { Publication } from "../publish/publish.ts";
import { consumers } from "../topology/topology.ts";
import { toDelivery } from "./delivery.ts";
import { toHeld } from "./held.ts";
import { keepAlive } from "./keep-alive.ts";
import { type Settlement, settle } from "./settle.ts";

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

const file = new URL("../../../jetstream/fixtures/vectors.json", import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, "utf8"));
const anyReply = "$JS.ACK.S.C.1.1.1.1.0";
const msgOf = (reply: string): Msg =>
  ({ subject: "mio.x", data: new Uint8Array(), reply, headers: headers() }) as unknown as Msg;

describe("the vectors of @mio/jetstream", () => {
  it.each(vectors.deliveries)("hold for a delivery: $name", ({ reply, expected }) => {
    const delivery = toDelivery(msgOf(reply));
    if (expected === undefined) {
      expect(delivery).toBeUndefined();
      return;
    }
    const { storedAtMs, ...numbers } = expected;
    expect(delivery).toMatchObject({ ...numbers, timestamp: new Date(storedAtMs) });
  });

  it.each(vectors.answers)("hold for the answer $answer", async ({ answer, word }) => {
    const delivery = toDelivery(msgOf(anyReply));
    if (delivery === undefined) throw new Error("no delivery");
    expect(await answerWord(delivery, answer)).toBe(word);
  });

  it.each(vectors.deadLetters)("hold for a dead letter $name", async (vector) => {
    const { message, subject, dedupId } = vector;
    const { stream: _, durable, code: _code, storedAtMs, payload, ...rest } = message;
    const published: Publication[] = [];
    const publish = async (publication: Publication) => {
      published.push(publication);
      return { stream: "MESSAGES_DLQ", sequence: 1, duplicate: false };
    };
    const jsm = { streams: { getMessage: async () => null } };
    const bus = { publisher: { publish }, deadLetters: { count: () => {} }, jsm } as unknown as Bus;
    await publishDeadLetter(bus, {
      ...rest,
      consumer: { stream: consumers.agents.stream, durable },
      payload: new TextEncoder().encode(payload),
      storedAt: new Date(storedAtMs),
      error: errorOf(message.code),
    });
    expect(published).toMatchObject([{ subject, dedupId }]);
    const own = new Set(["Mio-Dead-Time", "Mio-Dead-Detail"]);
    expect(published[0]?.headers?.filter(([name]) => !own.has(name))).toEqual(vector.headers);
  });
});

type Delivered = NonNullable<ReturnType<typeof toDelivery>>;

/** What the bus sends to the server for an answer. */
async function answerWord(delivery: Delivered, answer: Answer): Promise<string> {
  const held = toHeld(delivery, anyReply);
  const sent = Promise.withResolvers<Uint8Array>();
  const bus = {
    isConnected: () => true,
    onReconnect: () => () => {},
    nc: { publish: (_: string, payload: Uint8Array) => sent.resolve(payload) },
    requests: { request: async ({ payload }: { payload: Uint8Array }) => sent.resolve(payload) },
    publisher: { publish: async () => ({ duplicate: false }) },
    deadLetters: { count: () => {} },
  } as unknown as Bus;
  const signal = new AbortController().signal;
  const certain = async () => {};
  const options = { bus, consumer: consumers.mediaVault, certain, stopping: signal, signal };
  using alive = answer.kind === "working" ? keepAlive(bus, new Map([["1", held]]), 1) : undefined;
  if (alive === undefined) await settle(held, toSettlement(answer), options);
  const word: string = new TextDecoder().decode(await sent.promise);
  return word;
}

function errorOf(code: string | undefined): MioError {
  const known = errorCodes.find((each) => each === code);
  return new MioError(known ?? "internal.unexpected", "detail");
}

const errorCodes = ["envelope.undecodable", "sdk.rejected", "bus.deliveries_exhausted"] as const;

function toSettlement({ kind, afterMs, reason }: Answer): Settlement {
  const error = errorOf(reason);
  if (kind === "ack") return { kind };
  if (kind === "term") return { kind: "dead", reason: "undecodable", error };
  return afterMs === undefined ? { kind: "return" } : { kind: "retry", afterMs, error };
}
