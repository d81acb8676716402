import { createEventLog } from "@mio/simulator-kit";
import { describe, expect, it } from "vitest";
import { createCliqState } from "./state.ts";
import type { CliqEvent } from "./types.ts";

function newState(maxMessages = 100) {
  let now = 1_777_804_687_057;
  const clock = { now: () => new Date(now), sleep: async () => undefined };
  const events = createEventLog<CliqEvent>({ capacity: 1_000, now: clock.now });
  const state = createCliqState({ clock, events, maxMessages });
  const alice = state.ensureUser("alice");
  const say = (text: string, chat = state.ensureChat("general")) =>
    state.post({ chat, text, author: { kind: "user", id: alice.id, name: alice.name } });
  const tick = (ms: number): void => {
    now += ms;
  };
  return { state, events, alice, say, tick };
}

describe("state", () => {
  it("finds a message by any spelling of its id", () => {
    const { state, say } = newState();
    const message = say("x");
    const [ms, serial] = message.restId.split("_");
    for (const id of [
      message.id,
      message.restId,
      `${ms} ${serial}`,
      `${ms}+${serial}`,
      `${ms}%20${serial}`,
    ]) {
      expect(state.findMessage(id)).toBe(message);
    }
    expect(() => state.getMessage("1_2")).toThrow(
      expect.objectContaining({ code: "simulator.unknown_target" }),
    );
  });

  it("gives direct messages unique ids, also within one millisecond", () => {
    const { state, alice, say } = newState();
    const dm = state.ensureDm(alice);
    const ids = [say("a", dm), say("b", dm), say("c", dm)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^DM_\d{13}_\d+$/);
    expect(ids.map((id) => state.findMessage(id)?.text)).toEqual(["a", "b", "c"]);
  });

  it("keeps each version of an edited message and does not change the old object", () => {
    const { state, say, tick } = newState();
    const before = say("one");
    tick(250);
    const after = state.revise(before, { text: "two" });
    expect(before.text).toBe("one");
    expect(after.revisions.map(({ text, at }) => [text, at.getTime() - before.postedAt.getTime()])).toEqual([
      ["one", 0],
      ["two", 250],
    ]);
    expect(state.messages(before.chatId)).toEqual([after]);
  });

  it("drops the oldest message of any chat when full", () => {
    const { state, say } = newState(3);
    const other = state.ensureChat("other");
    const first = say("1", other);
    for (const text of ["2", "3", "4"]) say(text);
    expect(state.findMessage(first.id)).toBeUndefined();
    expect(state.messages(other.id)).toEqual([]);
    expect([...state.allMessages()].map(({ text }) => text)).toEqual(["2", "3", "4"]);
  });

  it("creates unknown users and channels, and finds them by any name", () => {
    const { state, alice } = newState();
    expect(state.ensureUser("Alice")).toBe(alice);
    expect(state.ensureUser(alice.id)).toBe(alice);
    const chat = state.ensureChat("#Team-Blue");
    expect(chat).toMatchObject({ kind: "channel", name: "team-blue", title: "#Team-Blue" });
    expect([state.findChat(chat.id), state.findChat("team-blue"), state.findChat("#team-blue")]).toEqual([
      chat,
      chat,
      chat,
    ]);
    expect(() => state.ensureChat("not a name")).toThrow("not a valid channel name");
    expect(state.ensureDm(alice)).toBe(state.ensureDm(alice));
  });

  it("logs every change", () => {
    const { state, events, say } = newState();
    state.remove(state.revise(say("x"), { text: "y" }));
    expect(events.recent().map(({ event }) => event.type)).toEqual([
      "message.posted",
      "message.edited",
      "message.deleted",
    ]);
  });
});
