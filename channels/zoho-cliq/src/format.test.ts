import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  Attachment_Kind,
  RichButtonAction_Kind,
  type RichContentSchema,
  SendCommandSchema,
} from "@mio/proto";
import { describe, expect, it } from "vitest";
import { capabilities } from "./capabilities.ts";
import { type MessagePlan, toPlan } from "./format.ts";
import { maxTextChars, maxTextParts } from "./limits.ts";

function planOf(init: MessageInitShape<typeof SendCommandSchema>): MessagePlan {
  return toPlan(create(SendCommandSchema, init));
}

const refused = (reason: string): unknown => expect.objectContaining({ kind: "permanent", reason });
const textsOf = ({ messages }: MessagePlan): readonly string[] => messages.map(({ text }) => text);

describe("toPlan", () => {
  it("sends a text as it is, and nothing beside it", () => {
    expect(planOf({ text: "*hi* {@b-1}\n" })).toEqual({
      messages: [{ text: "*hi* {@b-1}\n", rich: undefined }],
      files: [],
    });
  });

  it("takes texts up to the limit that the capabilities state in one message", () => {
    const longest = "x".repeat(maxTextChars);
    expect(Buffer.byteLength(longest)).toBe(capabilities.maxTextBytes);
    expect(textsOf(planOf({ text: longest }))).toEqual([longest]);
  });

  it("cuts a longer text into parts that each fit and joined are the text", () => {
    const text = Array.from({ length: 3_000 }, (_, at) => `word${at}`).join(" ");
    const parts = textsOf(planOf({ text }));
    expect(parts.length).toBeGreaterThan(4);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(maxTextChars);
    expect(parts.join("")).toBe(text);
  });

  it("keeps a mention whole", () => {
    const mention = "{@b-1974000000016000005}";
    const parts = textsOf(planOf({ text: `${"x".repeat(maxTextChars - 5)}${mention} hello` }));
    expect(parts[1]).toBe(`${mention} hello`);
  });

  it("puts what is rich below the last part", () => {
    const plan = planOf({ text: `${"x ".repeat(2_500)}end`, richContent: { card: { title: "t" } } });
    expect(plan.messages.map(({ rich }) => rich)).toEqual([undefined, { card: { title: "t" } }]);
  });

  it("tells files to upload from links to show", () => {
    const kept = { kind: Attachment_Kind.FILE, filename: "a.pdf", storageKey: "k", url: "https://x/a" };
    const linked = { kind: Attachment_Kind.IMAGE, url: "https://x/b.png" };
    const { messages, files } = planOf({ text: "see", attachments: [kept, linked] });
    expect(files).toMatchObject([{ storageKey: "k" }]);
    expect(messages).toEqual([
      { text: "see", rich: { slides: [{ type: "images", title: "Images", data: ["https://x/b.png"] }] } },
    ]);
    expect(planOf({ attachments: [kept] }).messages).toEqual([]);
  });

  it.each<[MessageInitShape<typeof RichContentSchema>, string]>([
    [{ card: { title: "Weather" } }, "Weather"],
    [{ blocks: [{ content: { case: "text", value: { title: "Today", text: "sun" } } }] }, "Today"],
    [
      {
        buttons: [
          { label: "Open", action: { kind: RichButtonAction_Kind.OPEN_URL, url: "https://example.com" } },
        ],
      },
      "Open",
    ],
    [{ blocks: [{ content: { case: "text", value: { text: "sun" } } }] }, "…"],
  ])("gives %j a text, because Cliq takes no message without", (richContent, text) => {
    expect(textsOf(planOf({ richContent }))).toEqual([text]);
  });

  it.each<[string, MessageInitShape<typeof SendCommandSchema>, string]>([
    ["nothing", { text: " \n" }, "invalid"],
    ["rich content that is empty", { richContent: { card: { subtitle: "s" } } }, "invalid"],
    ["an attachment without a file", { text: "x", attachments: [{ filename: "a" }] }, "invalid"],
    ["a flood", { text: "x ".repeat(maxTextChars * maxTextParts) }, "too_long"],
    ["eleven files", { attachments: Array.from({ length: 11 }, () => ({ storageKey: "k" })) }, "too_long"],
  ])("refuses %s", (_, init, reason) => {
    expect(() => planOf(init)).toThrow(refused(reason));
  });
});
