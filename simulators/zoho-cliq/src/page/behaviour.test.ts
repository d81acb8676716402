import { describe, expect, it } from "vitest";
import { cliqBehaviour } from "./behaviour.ts";

/** The behaviour in a chat of this kind, with recorded calls of the control API. */
function play(kind: string) {
  const calls: unknown[] = [];
  const behaviour = cliqBehaviour({
    data: { chat: "CT_1", kind },
    user: () => "1",
    replyTo: () => "5_6",
    takeChecked: () => false,
    act: async (name, body) => calls.push([name, body]) > 0,
    edit: (text, save) => void save(`${text}!`),
  });
  return { behaviour, calls };
}

describe("Cliq's page", () => {
  it.each([
    ["channel", ["say", { chat: "CT_1", user: "1", text: "hello", delivery: {}, replyTo: "5_6" }]],
    ["dm", ["dm", { user: "1", text: "hello", delivery: {} }]],
  ])("posts in a %s", async (kind, call) => {
    const { behaviour, calls } = play(kind);
    await behaviour.sendText({ user: "1", text: "hello", delivery: {} });
    expect(calls).toEqual([call]);
  });

  it.each([
    ["edit", { messageId: "5_6", text: "old!" }],
    ["redeliver", { messageId: "5_6" }],
  ])("calls %s for its button", (act, body) => {
    const { behaviour, calls } = play("channel");
    behaviour.change(act, "5_6", "old");
    expect(calls).toEqual([[act, body]]);
  });
});
