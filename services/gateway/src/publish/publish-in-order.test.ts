import type { Publication, Published } from "@mio/bus";
import { MioError } from "@mio/failure";
import type { LedgerEntry } from "@mio/store";
import { expect, it } from "vitest";
import { createBusBreaker } from "./bus-breaker.ts";
import { createOrderedPublisher } from "./publish-in-order.ts";

interface Sent {
  readonly subject: string;
  readonly timeoutMs: number | undefined;
  confirm(): void;
  fail(code?: "bus.publish_timeout" | "bus.unavailable" | "bus.too_large"): void;
}

/** A publisher on a bus with scripted answers. */
function scripted({ publishWaitMs = 60_000 } = {}) {
  const time = { now: 10_000 };
  const sent: Sent[] = [];
  const left: string[] = [];
  const confirmed = new Set<string>();
  const publish = ({ subject }: Publication, options?: { readonly timeoutMs?: number }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Published>();
    sent.push({
      subject,
      timeoutMs: options?.timeoutMs,
      confirm: () => resolve({ stream: "S", sequence: 1, duplicate: false }),
      fail: (code = "bus.publish_timeout") => reject(new MioError(code, "scripted", { retry: "soon" })),
    });
    return promise;
  };
  const now = () => time.now;
  const publisher = createOrderedPublisher({
    publisher: { publish },
    confirmed: { add: (id) => void confirmed.add(id), has: (id) => confirmed.has(id) },
    relay: { leave: (conversationId) => void left.push(conversationId) },
    breaker: createBusBreaker({ now, restMs: 1_000 }),
    publishWaitMs,
    now,
  });
  return { publisher, sent, left, confirmed, time, subjects: () => sent.map(({ subject }) => subject) };
}

const entry = (messageId: string, overrides: Partial<LedgerEntry> = {}): LedgerEntry => ({
  status: "fresh",
  messageId,
  conversationId: "talk",
  subject: messageId,
  dedupId: messageId,
  envelope: new Uint8Array(),
  waitsBehind: undefined,
  asOf: 10_000,
  ...overrides,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));
const published = { kind: "published" };
const inOrder = { kind: "left", cause: "order" };

it("publishes an event without predecessor and remembers it as its own", async () => {
  const { publisher, sent, left, confirmed } = scripted();
  const outcome = publisher.publish(entry("a"));
  expect(publisher.isOwn("a")).toBe(true);
  expect(confirmed.has("a")).toBe(false);
  sent[0]?.confirm();
  expect(await outcome).toEqual(published);
  expect(confirmed.has("a")).toBe(true);
  expect(publisher.isOwn("a")).toBe(true);
  expect(left).toEqual([]);
});

it("publishes the events of one conversation in sequence, and conversations in parallel", async () => {
  const { publisher, sent, subjects } = scripted();
  const first = publisher.publish(entry("a"));
  const second = publisher.publish(entry("b"));
  const third = publisher.publish(entry("c"));
  const other = publisher.publish(entry("x", { conversationId: "other" }));
  await turn();
  expect(subjects()).toEqual(["a", "x"]);
  sent[0]?.confirm();
  await turn();
  expect(subjects()).toEqual(["a", "x", "b"]);
  sent[1]?.confirm();
  sent[2]?.confirm();
  await turn();
  sent[3]?.confirm();
  expect(await Promise.all([first, second, third, other])).toEqual([
    published,
    published,
    published,
    published,
  ]);
});

it("waits for the newest publication in progress, even if an older one ended meanwhile", async () => {
  const { publisher, sent, subjects } = scripted();
  const first = publisher.publish(entry("a"));
  const second = publisher.publish(entry("b"));
  sent[0]?.confirm();
  await first;
  await turn();
  const third = publisher.publish(entry("c"));
  await turn();
  expect(subjects()).toEqual(["a", "b"]);
  sent[1]?.confirm();
  await second;
  await turn();
  sent[2]?.confirm();
  expect(await third).toEqual(published);
});

it("leaves an event behind another gateway's to the relay", async () => {
  const { publisher, left, subjects } = scripted();
  expect(await publisher.publish(entry("a", { waitsBehind: "foreign" }))).toEqual(inOrder);
  expect([left, subjects()]).toEqual([["talk"], []]);
  expect(publisher.isOwn("a")).toBe(false);
});

it("does not wait for an older event that it published itself and whose row remains", async () => {
  const { publisher, sent } = scripted();
  const first = publisher.publish(entry("a"));
  sent[0]?.confirm();
  await first;
  const second = publisher.publish(entry("b", { waitsBehind: "a" }));
  sent[1]?.confirm();
  expect(await second).toEqual(published);
});

it("does not let an event overtake a failed one of its conversation", async () => {
  const { publisher, sent, left, subjects } = scripted();
  const first = publisher.publish(entry("a"));
  const second = publisher.publish(entry("b"));
  sent[0]?.fail("bus.unavailable");
  expect(await first).toEqual({ kind: "left", cause: "bus.unavailable" });
  expect(await second).toEqual(inOrder);
  expect([left, subjects()]).toEqual([["talk", "talk"], ["a"]]);
});

it("does not let an event overtake one left to the relay after its statement began", async () => {
  const { publisher, sent, time } = scripted();
  const first = publisher.publish(entry("a", { waitsBehind: "foreign" }));
  expect(await first).toEqual(inOrder);
  // Its statement began earlier, so it could not see the first event's row.
  expect(await publisher.publish(entry("b", { asOf: 9_999 }))).toEqual(inOrder);
  expect(await publisher.publish(entry("b2", { asOf: 10_000 }))).toEqual(inOrder);
  time.now += 1;
  // Its statement saw no row: the relay has published both.
  const third = publisher.publish(entry("c", { asOf: 10_001 }));
  sent[0]?.confirm();
  expect(await third).toEqual(published);
});

it("leaves an event to the relay that waited too long for its predecessor", async () => {
  const { publisher, sent, subjects } = scripted({ publishWaitMs: 5 });
  const first = publisher.publish(entry("a"));
  expect(await publisher.publish(entry("b"))).toEqual(inOrder);
  expect(subjects()).toEqual(["a"]);
  sent[0]?.confirm();
  expect(await first).toEqual(published);
});

it("gives the bus the rest of the wait", async () => {
  const { publisher, sent, time } = scripted({ publishWaitMs: 50_000 });
  const first = publisher.publish(entry("a"));
  const second = publisher.publish(entry("b"));
  time.now += 20_000;
  sent[0]?.confirm();
  await first;
  await turn();
  expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([50_000, 30_000]);
  sent[1]?.confirm();
  expect(await second).toEqual(published);
});

it("does not publish after a pause of its process: another gateway may have", async () => {
  const { publisher, time, subjects } = scripted();
  time.now += 30_001;
  expect(await publisher.publish(entry("a"))).toEqual(inOrder);
  expect(subjects()).toEqual([]);
});

it("after an unconfirmed publication no caller waits, in any conversation", async () => {
  const { publisher, sent, left, time } = scripted();
  const first = publisher.publish(entry("a"));
  sent[0]?.fail("bus.publish_timeout");
  await first;
  const other = { conversationId: "other" };
  expect(await publisher.publish(entry("x", other))).toEqual({ kind: "left", cause: "backlog" });
  expect(left).toEqual(["talk", "other"]);
  time.now += 1_000;
  const retried = publisher.publish(entry("y", { conversationId: "third", asOf: time.now }));
  sent[1]?.confirm();
  expect(await retried).toEqual(published);
});

it.each(["bus.unavailable", "bus.too_large"] as const)("continues after %s, without a wait", async (code) => {
  const { publisher, sent } = scripted();
  const first = publisher.publish(entry("a"));
  sent[0]?.fail(code);
  expect(await first).toEqual({ kind: "left", cause: code });
  const other = publisher.publish(entry("x", { conversationId: "other" }));
  sent[1]?.confirm();
  expect(await other).toEqual(published);
});
