import { expect, it } from "vitest";
import { toRichText } from "./markup.ts";

it("makes a rich text element of each mark in plain typed text", () => {
  expect(
    toRichText("a &lt; b <@U1> <#C1|general> <!here> <!subteam^S1> <https://e.com/?a&amp;b|the plan>", "b"),
  ).toEqual({
    type: "rich_text",
    block_id: "b",
    elements: [
      {
        type: "rich_text_section",
        elements: [
          { type: "text", text: "a < b " },
          { type: "user", user_id: "U1" },
          { type: "text", text: " " },
          { type: "channel", channel_id: "C1" },
          { type: "text", text: " " },
          { type: "broadcast", range: "here" },
          { type: "text", text: " " },
          { type: "usergroup", usergroup_id: "S1" },
          { type: "text", text: " " },
          { type: "link", url: "https://e.com/?a&b", text: "the plan" },
        ],
      },
    ],
  });
});

it.each(["*bold*", "run `x`", "two\n&gt; quoted", "at <!date^1^{time}|noon>"])(
  "lays out no block for the formatted text %j",
  (text) => {
    expect(toRichText(text, "b")).toBeUndefined();
  },
);

it("does not mistake a URL for formatting", () => {
  expect(toRichText("see <https://e.com/a_b>", "b")).toBeDefined();
});
