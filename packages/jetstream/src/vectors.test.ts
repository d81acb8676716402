import { readFileSync } from "node:fs";
import { headers } from "@nats-io/nats-core";
import { describe, expect, it } from "vitest";
import { ackWord, nakWord, termWord, workingWord } from "./acknowledgements.ts";
import { type RejectedMessage, toDeadLetter } from "./dead-letter.ts";
import { isDelivery, parseDeliverySubject } from "./delivery-subject.ts";
import { readPullStatus } from "./pull-status.ts";

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
  readonly statuses: readonly {
    readonly code: number;
    readonly description: string;
    readonly pending?: string;
    readonly kind: string;
  }[];
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

/** The same vectors are run through the readers of @mio/bus and @mio/sdk. */
const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../fixtures/vectors.json", import.meta.url), "utf8"),
);

describe("the vectors", () => {
  it.each(vectors.deliveries)("parses a reply subject: $name", ({ reply, expected }) => {
    const parsed = parseDeliverySubject(reply);
    if (expected === undefined) expect(parsed).toBeUndefined();
    else expect(parsed).toEqual({ stream: "MESSAGES_INBOUND_ENRICHED", consumer: "agent", ...expected });
  });

  it.each(vectors.answers)("words the answer $answer as $word", ({ answer, word }) => {
    const words: Readonly<Record<string, () => string>> = {
      ack: () => ackWord,
      working: () => workingWord,
      nak: () => nakWord(answer.afterMs),
      term: () => termWord(answer.reason ?? ""),
    };
    expect(words[answer.kind]?.()).toBe(word);
  });

  it.each(vectors.statuses)(
    "reads status $code $description as $kind",
    ({ code, description, pending, kind }) => {
      const head = headers(code, description);
      if (pending !== undefined) head.set("Nats-Pending-Messages", pending);
      expect(readPullStatus(head)).toEqual({
        kind,
        text: `${code} ${description}`,
        unfulfilled: Number(pending ?? 0),
      });
    },
  );

  it.each(vectors.deadLetters)(
    "builds a dead letter $name",
    ({ message, subject, dedupId, headers: expected }) => {
      const payload = new TextEncoder().encode(message.payload);
      const letter = toDeadLetter({ ...message, payload }, new Date(0));
      expect(letter).toMatchObject({ subject, dedupId });
      const time = ["Mio-Dead-Time", "1970-01-01T00:00:00.000Z"];
      const [whole, , bare] = letter.contents;
      expect(whole.headers.filter(([name]) => name !== time[0])).toEqual(expected);
      expect(whole.headers).toContainEqual(time);
      expect(bare?.headers).toContainEqual(["Mio-Dead-Omitted-Bytes", String(payload.length)]);
    },
  );
});

it("counts a message without a reply subject as a status", () => {
  expect([isDelivery(undefined), parseDeliverySubject(undefined)]).toEqual([false, undefined]);
});
