import { describe, expect, it } from "vitest";
import { slackBehaviour } from "./behaviour.ts";

/** The behaviour with recorded calls of the control API. */
function play(replyTo?: string) {
  const calls: unknown[] = [];
  const behaviour = slackBehaviour({
    data: { team: "T1", chat: "C1" },
    user: () => "U1",
    replyTo: () => replyTo,
    takeChecked: () => true,
    act: async (name, body) => calls.push([name, body]) > 0,
    edit: (text, save) => void save(`${text}!`),
  });
  return { behaviour, calls };
}

describe("Slack's page", () => {
  it("posts in the open thread, and to the channel as well if the box is checked", async () => {
    const { behaviour, calls } = play("1.000000");
    await behaviour.sendText({ user: "U1", text: "hello", delivery: {} });
    expect(calls).toEqual([
      [
        "say",
        {
          ...{ team: "T1", channel: "C1", user: "U1", text: "hello", delivery: {} },
          ...{ threadTs: "1.000000", broadcast: true },
        },
      ],
    ]);
  });

  it("broadcasts nothing outside a thread", async () => {
    const { behaviour, calls } = play();
    await behaviour.sendText({ user: "U1", text: "hello", delivery: {} });
    expect(calls).toMatchObject([["say", { broadcast: false }]]);
  });

  it.each([
    ["edit", { channel: "C1", text: "old!" }],
    ["remove", { channel: "C1", ts: "2.000000" }],
    ["forge", { event: "2.000000" }],
    ["unreact", { user: "U1", emoji: "thumbsup" }],
  ])("calls %s for its button", (act, body) => {
    const { behaviour, calls } = play();
    behaviour.change(act, "2.000000", "old");
    expect(calls).toMatchObject([[act, { team: "T1", ...body }]]);
  });
});
