import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Attachment_Kind, RichButtonAction_Kind, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { textsOf } from "../blocks/pages.ts";
import { compose, maxTextChars, type Part } from "./compose.ts";

function partsOf(init: MessageInitShape<typeof SendCommandSchema>): readonly Part[] {
  return compose(create(SendCommandSchema, init)).parts;
}

const shown = ({ text, blocks }: Part): readonly string[] =>
  blocks.length === 0 ? [text] : blocks.flatMap(textsOf);

describe("a text", () => {
  it("is one message in Slack's markup", () => {
    expect(partsOf({ text: "**hi** & <@U1>" })).toEqual([{ text: "*hi* &amp; <@U1>", blocks: [] }]);
  });

  it("is refused when it is a flood, before it is formatted", () => {
    expect(partsOf({ text: "x".repeat(80_000) })).toHaveLength(20);
    const refusal = expect.objectContaining({ kind: "permanent", reason: "too_long" });
    expect(() => partsOf({ text: `${"x".repeat(80_000)}y` })).toThrow(refusal);
  });

  it("goes on in further messages, without losing a word", () => {
    const words = Array.from({ length: 3_000 }, (_, at) => `w${at}&`);
    const parts = partsOf({ text: words.join(" ") });
    expect(parts.length).toBeGreaterThan(3);
    for (const { text } of parts) expect(text.length).toBeLessThanOrEqual(maxTextChars);
    const said = parts
      .map(({ text }) => text)
      .join(" ")
      .replaceAll("&amp;", "&");
    expect(said.split(/\s+/)).toEqual(words);
  });

  it.each([{ text: "" }, { text: " \n" }, { text: "", richContent: {} }])(
    "of nothing is refused: %j",
    (init) => {
      expect(() => partsOf(init)).toThrow(expect.objectContaining({ kind: "permanent", reason: "invalid" }));
    },
  );
});

describe("rich content", () => {
  const card = {
    card: { title: "Build 42" },
    blocks: [{ content: { case: "text" as const, value: { text: "All tests passed." } } }],
  };

  it("stands below the text, which is shown in notifications too", () => {
    const [part, ...more] = partsOf({ text: "Look **here**", richContent: card });
    expect(more).toEqual([]);
    expect(part?.text).toBe("Look *here*");
    expect(shown(part ?? { text: "", blocks: [] })).toEqual(["Look *here*", "Build 42", "All tests passed."]);
  });

  it("is not told twice when the text is its fallback", () => {
    const [part] = partsOf({ text: "**Build 42**\n\nall tests passed", richContent: card });
    expect(part?.text).toBe("*Build 42*\n\nall tests passed");
    expect(part?.blocks.flatMap(textsOf)).toEqual(["Build 42", "All tests passed."]);
    expect(partsOf({ text: "Yes", richContent: { card: { title: "Yesterday" } } })[0]?.blocks).toHaveLength(
      2,
    );
  });

  it("without a text is told by its own words in notifications", () => {
    expect(partsOf({ richContent: card })[0]?.text).toBe("Build 42\nAll tests passed.");
  });

  it("follows a long text in a message of its own", () => {
    const parts = partsOf({ text: "word ".repeat(700), richContent: card });
    expect(parts.map(({ blocks }) => blocks.length)).toEqual([0, 2]);
  });

  it("of buttons alone keeps the question with them", () => {
    const action = { kind: RichButtonAction_Kind.OPEN_URL, url: "https://e.com" };
    const [part] = partsOf({ text: "Deploy?", richContent: { buttons: [{ label: "Yes", action }] } });
    expect(part?.blocks.map(({ type }) => type)).toEqual(["section", "actions"]);
  });

  it("goes on in further messages when one has no room for it", () => {
    const blocks = Array.from({ length: 120 }, (_, at) => ({
      content: { case: "text" as const, value: { text: `line ${at}.` } },
    }));
    const parts = partsOf({ richContent: { blocks } });
    expect(parts.map((part) => part.blocks.length)).toEqual([50, 50, 20]);
    expect(parts.flatMap(shown)).toHaveLength(120);
  });
});

describe("attachments", () => {
  it("with an address only are pictures, or links in the text", () => {
    const [part] = partsOf({
      text: "see",
      attachments: [
        { kind: Attachment_Kind.IMAGE, url: "https://e.com/i.png", filename: "i.png" },
        { kind: Attachment_Kind.LINK, url: "https://e.com/?a=1&b=2", filename: "a|b" },
        { kind: Attachment_Kind.FILE, url: "s3://bucket/x", filename: "x" },
      ],
    });
    expect(part?.blocks.map(({ type }) => type)).toEqual(["section", "image"]);
    expect(part?.text).toBe("see\n<https://e.com/?a=1&amp;b=2|a|b>\nx s3://bucket/x");
  });

  it("that Mio keeps are files beside the text, or alone", () => {
    const attachments = [{ storageKey: "k", filename: "r.pdf", url: "https://e.com" }];
    expect(compose(create(SendCommandSchema, { attachments }))).toMatchObject({
      parts: [],
      files: [{ storageKey: "k" }],
    });
  });

  it("that are nowhere are refused", () => {
    expect(() => partsOf({ text: "x", attachments: [{ filename: "gone" }] })).toThrow(/neither kept content/);
  });
});
