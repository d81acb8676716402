import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PlayedSlack } from "../../../test/played-slack.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function connected(): Promise<PlayedSlack> {
  const slack = new PlayedSlack();
  void slack.run();
  await settle();
  slack.wire().hello();
  await settle();
  return slack;
}

describe("an event", () => {
  it("is acknowledged after it is stored, not before", async () => {
    const slack = await connected();
    const safe = Promise.withResolvers<void>();
    slack.accept = () => safe.promise;
    slack.wire().message("1");
    await settle(2_000);
    expect(slack.wire().acknowledged()).toEqual([]);
    safe.resolve();
    await settle();
    expect(slack.wire().acknowledged()).toEqual(["1"]);
  });

  it("that could not be stored is not acknowledged, so that Slack sends it again", async () => {
    const slack = await connected();
    slack.accept = () => Promise.reject(new Error("the database is away"));
    slack.wire().message("1");
    await settle();
    slack.accept = () => Promise.resolve();
    slack.wire().message("1 again");
    await settle();
    expect(slack.wire().acknowledged()).toEqual(["1 again"]);
  });

  it("that is ignored is counted and acknowledged", async () => {
    const slack = await connected();
    slack.wire().receive({ type: "slash_commands", envelope_id: "slash", payload: { command: "/x" } });
    slack.wire().receive({ type: "interactive", envelope_id: "button", payload: {} });
    slack.wire().receive({ type: "events_api", envelope_id: "broken", payload: { event: 7 } });
    const joined = { type: "message", subtype: "channel_join", channel: "C1", ts: "1.000001" };
    slack.wire().receive({ type: "events_api", envelope_id: "join", payload: { event: joined } });
    await settle();
    expect(slack.wire().acknowledged()).toEqual(["slash", "button", "broken", "join"]);
    expect(slack.events).toEqual([
      { kind: "ignored", reason: "unsupported_envelope" },
      { kind: "ignored", reason: "unsupported_envelope" },
      { kind: "ignored", reason: "unparseable" },
      { kind: "ignored", reason: "membership" },
    ]);
  });

  it("by ourselves is recognised without an app id", async () => {
    const slack = await connected();
    const own = { type: "message", channel: "C1", ts: "1.000001", text: "42", bot_id: "B0BOT" };
    slack.wire().receive({ type: "events_api", envelope_id: "own", payload: { event: own } });
    await settle();
    expect(slack.events).toEqual([{ kind: "ignored", reason: "own_message" }]);
  });
});

it("ignores unknown frames", async () => {
  const slack = await connected();
  for (const frame of ["", "{", "[]", "null", '{"type":"news"}', { type: "events_api" }])
    slack.wire().receive(frame);
  await settle();
  expect(slack.wire().sent).toEqual([]);
  expect(slack.kinds()).toEqual(["connecting", "open"]);
});

describe("order", () => {
  it("is kept within a conversation, and conversations do not wait for each other", async () => {
    const slack = await connected();
    const first = Promise.withResolvers<void>();
    slack.accept = (event) => {
      const isFirst = event.kind === "message" && event.draft.message.text === "a1";
      return isFirst ? first.promise : Promise.resolve();
    };
    slack.wire().message("a1", { channel: "CA" });
    slack.wire().message("a2", { channel: "CA" });
    slack.wire().message("b1", { channel: "CB" });
    await settle();
    expect(slack.wire().acknowledged()).toEqual(["b1"]);
    first.resolve();
    await settle();
    expect(slack.wire().acknowledged()).toEqual(["b1", "a1", "a2"]);
  });

  it("is abandoned for a late event, so that it does not delay its conversation", async () => {
    const slack = await connected();
    const hanging = Promise.withResolvers<void>();
    slack.accept = () => (slack.events.length === 1 ? hanging.promise : Promise.resolve());
    slack.wire().message("1");
    await settle(2_000);
    slack.wire().message("2");
    await settle(400);
    expect(slack.events).toHaveLength(1);
    await settle(200);
    expect(slack.events).toHaveLength(2);
    expect(slack.wire().acknowledged()).toEqual(["2"]);
  });
});

describe("an event that is stored too late", () => {
  it("is not acknowledged, and counted once, so that Slack sends it again", async () => {
    const slack = await connected();
    const safe = Promise.withResolvers<void>();
    slack.accept = () => safe.promise;
    slack.wire().message("1");
    await settle(2_499);
    expect(slack.late).toBe(0);
    await settle(1);
    expect(slack.late).toBe(1);
    safe.resolve();
    await settle(60_000);
    expect(slack.wire().acknowledged()).toEqual([]);
    expect(slack.late).toBe(1);
  });

  it("is late also if it waited for its turn; it is still handed over", async () => {
    const slack = await connected();
    slack.accept = () => (slack.events.length < 3 ? new Promise(() => undefined) : Promise.resolve());
    for (const id of ["1", "2", "3"]) slack.wire().message(id);
    await settle(5_000);
    expect(slack.events).toHaveLength(3);
    expect(slack.wire().acknowledged()).toEqual([]);
    expect(slack.late).toBe(3);
  });

  it("is not one that was stored in time or rejected", async () => {
    const slack = await connected();
    slack.wire().message("1");
    await settle();
    slack.accept = () => Promise.reject(new Error("away"));
    slack.wire().message("2");
    await settle(60_000);
    expect(slack.late).toBe(0);
    expect(slack.wire().acknowledged()).toEqual(["1"]);
  });
});

describe("too many events", () => {
  it("stay with Slack: the socket is not read until a slot is free", async () => {
    const slack = await connected();
    const safe = Promise.withResolvers<void>();
    slack.accept = () => safe.promise;
    for (let count = 0; count < 63; count += 1) slack.wire().message(`${count}`, { channel: `C${count}` });
    expect(slack.wire().isPaused).toBe(false);
    slack.wire().message("64th");
    expect(slack.wire().isPaused).toBe(true);
    await settle(25_000);
    expect(slack.kinds(), "silence means nothing while we do not listen").toEqual(["connecting", "open"]);
    safe.resolve();
    await settle();
    expect(slack.wire().isPaused).toBe(false);
    slack.wire().message("65th");
    await settle();
    expect(slack.wire().acknowledged()).toEqual(["65th"]);
  });
});
