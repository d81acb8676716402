import type { Publication, Published } from "@mio/bus";
import { type ErrorCode, MioError } from "@mio/failure";
import type { OutboxEntry } from "@mio/store";
import { expect, it } from "vitest";
import { relayBatch } from "./relay-batch.ts";

const windowMs = 120_000;

/** A bus that fails for the named events; others are published. */
function scripted(failures: Readonly<Record<string, ErrorCode>> = {}) {
  const sent: string[] = [];
  const letters: string[] = [];
  const asked: { readonly subject: string; readonly since: Date }[] = [];
  const onStream = new Set<string>();
  const own = new Set<string>();
  const time = { now: 0 };
  let letterFails = false;
  let lookUpFails = false;
  const publish = async ({ subject, dedupId }: Publication): Promise<Published> => {
    sent.push(dedupId);
    const code = failures[dedupId];
    if (code !== undefined) throw new MioError(code, "scripted", { retry: "soon" });
    return { stream: subject, sequence: 1, duplicate: false };
  };
  const relay = async (entries: readonly OutboxEntry[], until = 1_000) => {
    const batch = await relayBatch(
      {
        bus: { publisher: { publish } },
        stored: {
          duplicateWindowMs: async () => windowMs,
          idsSince: async (subject, since) => {
            asked.push({ subject, since });
            if (lookUpFails) throw new MioError("bus.unavailable", "scripted", { retry: "soon" });
            return onStream;
          },
        },
        confirmed: { has: (id) => own.has(id) },
        giveUp: async ({ messageId }) => {
          if (letterFails) throw new MioError("bus.unavailable", "scripted", { retry: "soon" });
          letters.push(messageId);
        },
        now: () => time.now,
      },
      { entries, until },
    );
    return {
      published: batch.published,
      givenUp: batch.givenUp.map(({ entry }) => entry.messageId),
      failed: batch.failed.map(({ entry, error }) => [entry.messageId, error.code]),
    };
  };
  return {
    relay,
    sent,
    letters,
    asked,
    onStream,
    own,
    time,
    loseLetters: () => {
      letterFails = true;
    },
    loseLookUps: () => {
      lookUpFails = true;
    },
  };
}

const entry = (messageId: string, overrides: Partial<OutboxEntry> = {}): OutboxEntry => ({
  messageId,
  conversationId: "talk",
  channelType: "slack",
  subject: `subject of ${overrides.conversationId ?? "talk"}`,
  dedupId: messageId,
  envelope: new Uint8Array(),
  traceparent: undefined,
  attempts: 0,
  recordedAt: new Date(0),
  ageMs: 5_000,
  ...overrides,
});
const other = { conversationId: "other" };

it("publishes each conversation in order", async () => {
  const { relay, sent, asked } = scripted();
  const batch = await relay([entry("a"), entry("x", other), entry("b"), entry("y", other)]);
  expect(batch.published.toSorted()).toEqual(["a", "b", "x", "y"]);
  expect(sent.filter((id) => "ab".includes(id))).toEqual(["a", "b"]);
  expect(sent.filter((id) => "xy".includes(id))).toEqual(["x", "y"]);
  expect([batch.givenUp, batch.failed, asked]).toEqual([[], [], []]);
});

it("skips the rest of a conversation after a failure, and continues with the others", async () => {
  const { relay, sent } = scripted({ a: "bus.publish_timeout" });
  const batch = await relay([entry("a"), entry("b"), entry("x", other)]);
  expect(batch).toEqual({ published: ["x"], givenUp: [], failed: [["a", "bus.publish_timeout"]] });
  expect(sent).not.toContain("b");
});

it("gives up an oversized event without delaying the next one", async () => {
  const { relay, letters } = scripted({ a: "bus.too_large" });
  expect(await relay([entry("a"), entry("b")])).toEqual({ published: ["b"], givenUp: ["a"], failed: [] });
  expect(letters).toEqual(["a"]);
});

it("keeps an oversized event while its dead letter cannot be stored", async () => {
  const { relay, loseLetters } = scripted({ a: "bus.too_large" });
  loseLetters();
  expect(await relay([entry("a"), entry("b")])).toEqual({
    published: ["b"],
    givenUp: [],
    failed: [["a", "bus.too_large"]],
  });
});

it("starts no publication after its turn", async () => {
  const { relay, sent, time } = scripted();
  time.now = 1_000;
  expect(await relay([entry("a")], 1_000)).toEqual({ published: [], givenUp: [], failed: [] });
  expect(sent).toEqual([]);
});

it("counts events as published that this process has published", async () => {
  const { relay, own, sent } = scripted();
  own.add("a");
  expect((await relay([entry("a"), entry("b")])).published).toEqual(["a", "b"]);
  expect(sent).toEqual(["b"]);
});

it("searches the stream for events older than its window, and publishes the rest", async () => {
  const { relay, onStream, asked, sent } = scripted();
  onStream.add("a");
  const old = (at: number) => ({ ageMs: windowMs, recordedAt: new Date(at) });
  const batch = await relay([entry("a", old(7)), entry("b", old(8)), entry("x", other)]);
  expect(batch.published.toSorted()).toEqual(["a", "b", "x"]);
  // Starting at the oldest event.
  expect(asked).toEqual([{ subject: "subject of talk", since: new Date(7) }]);
  expect(sent.toSorted()).toEqual(["b", "x"]);
});

it("publishes no old event of a conversation while the stream does not answer", async () => {
  const { relay, loseLookUps, sent } = scripted();
  loseLookUps();
  const batch = await relay([entry("a", { ageMs: windowMs }), entry("b"), entry("x", other)]);
  expect(batch).toEqual({ published: ["x"], givenUp: [], failed: [["a", "bus.unavailable"]] });
  expect(sent).toEqual(["x"]);
});
