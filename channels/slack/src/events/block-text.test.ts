import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockText } from "./block-text.ts";

const rich = (...elements: readonly object[]): readonly object[] => [{ type: "rich_text", elements }];
const section = (...elements: readonly object[]): object => ({ type: "rich_text_section", elements });
const text = (value: string): object => ({ type: "text", text: value });

describe("what people typed", () => {
  it("reads as one text, with mentions as in a message", () => {
    const blocks = rich(
      section(text("ask "), { type: "user", user_id: "U1" }, text(" in "), {
        type: "channel",
        channel_id: "C1",
      }),
      { type: "rich_text_list", elements: [section(text("one")), section(text("two"))] },
      { type: "rich_text_preformatted", elements: [text("code")] },
      section({ type: "link", url: "https://example.com" }, { type: "emoji", name: "tada" }),
      section({ type: "broadcast", range: "here" }, { type: "usergroup", usergroup_id: "S1" }),
    );
    const { text: read, byApp } = blockText(blocks, undefined);
    expect(read.split("\n").filter(Boolean)).toEqual([
      "ask <@U1> in <#C1>",
      "one",
      "two",
      "code",
      "https://example.com:tada:",
      "<!here><!subteam^S1>",
    ]);
    expect(byApp).toBe(false);
  });
});

describe("an app's layout", () => {
  it("reads from top to bottom", () => {
    const blocks = [
      { type: "header", text: { type: "plain_text", text: "Head" } },
      { type: "divider" },
      { type: "section", text: { type: "mrkdwn", text: "*a*" }, fields: [{ type: "mrkdwn", text: "b" }] },
      { type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Press" } }] },
      { type: "image", alt_text: "a graph" },
    ];
    expect(blockText(blocks, undefined)).toEqual({ text: "Head\n*a*\nb\nPress\na graph", byApp: true });
  });

  it("may be an attachment: its blocks, its words, or what stands for it", () => {
    const inner = [{ type: "section", text: { type: "mrkdwn", text: "inner" } }];
    expect(blockText(undefined, [{ blocks: inner, fallback: "no" }]).text).toBe("inner");
    expect(blockText(undefined, [{ pretext: "p", title: "t", text: "x", fallback: "no" }]).text).toBe(
      "p\nt\nx",
    );
    expect(blockText(undefined, [{ fallback: "stands for it" }]).text).toBe("stands for it");
  });
});

it.each([
  { from_url: "https://example.com", text: "preview" },
  { original_url: "https://example.com", text: "preview" },
  { is_msg_unfurl: true, text: "quoted" },
  { is_app_unfurl: true, text: "card" },
])("a link preview is not part of the message: %j", (attachment) => {
  expect(blockText(undefined, [attachment])).toEqual({ text: "", byApp: false });
});

it("is total, also for what is nested without end", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (blocks, attachments) => {
      expect(typeof blockText(blocks, attachments).text).toBe("string");
    }),
  );
  let deep: object = text("core");
  for (let level = 0; level < 50_000; level += 1) deep = { elements: [deep] };
  expect(blockText([deep], undefined).text).toBe("");
});
