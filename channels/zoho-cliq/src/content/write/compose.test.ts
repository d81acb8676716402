import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  Attachment_Kind,
  RichButtonAction_Kind,
  type RichContentSchema,
  SendCommandSchema,
} from "@mio/proto";
import { describe, expect, it } from "vitest";
import { capabilities } from "../../capabilities.ts";
import { type MessagePlan, toPlan } from "./compose.ts";
import { maxTextChars, maxTextParts } from "./limits.ts";

async function planOf(init: MessageInitShape<typeof SendCommandSchema>): Promise<MessagePlan> {
  return await toPlan(create(SendCommandSchema, init));
}

const refused = (reason: string): unknown => expect.objectContaining({ kind: "permanent", reason });
const textsOf = ({ messages }: MessagePlan): readonly string[] => messages.map(({ text }) => text);

describe("toPlan", () => {
  it("sends a text in Cliq's format, and nothing beside it", async () => {
    expect(await planOf({ text: "**hi** {@b-1}\n" })).toEqual({
      messages: [{ text: "*hi* {@b-1}", rich: undefined }],
      files: [],
    });
  });

  it("takes texts up to the limit that the capabilities state in one message", async () => {
    const longest = "x".repeat(maxTextChars);
    expect(Buffer.byteLength(longest)).toBe(capabilities.maxTextBytes);
    expect(textsOf(await planOf({ text: longest }))).toEqual([longest]);
  });

  it("cuts a longer text into parts that each fit and joined are the text, but for blank space", async () => {
    const text = Array.from({ length: 3_000 }, (_, at) => `word${at}`).join(" ");
    const parts = textsOf(await planOf({ text }));
    expect(parts.length).toBeGreaterThan(4);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(maxTextChars);
    expect(parts.join(" ")).toBe(text);
  });

  it("keeps a mention whole", async () => {
    const mention = "{@b-1974000000016000005}";
    const parts = textsOf(await planOf({ text: `${"x".repeat(maxTextChars - 5)}${mention} hello` }));
    expect(parts[1]).toBe(`${mention} hello`);
  });

  it("puts rich content below the last part", async () => {
    const plan = await planOf({ text: `${"x ".repeat(2_500)}end`, richContent: { card: { title: "t" } } });
    expect(plan.messages.map(({ rich }) => rich)).toEqual([undefined, { card: { title: "t" } }]);
  });

  it("separates files to upload from links to show", async () => {
    const kept = { kind: Attachment_Kind.FILE, filename: "a.pdf", storageKey: "k", url: "https://x/a" };
    const linked = { kind: Attachment_Kind.IMAGE, url: "https://x/b.png" };
    const { messages, files } = await planOf({ text: "see", attachments: [kept, linked] });
    expect(files).toMatchObject([{ storageKey: "k" }]);
    expect(messages).toEqual([
      { text: "see", rich: { slides: [{ type: "images", title: "Images", data: ["https://x/b.png"] }] } },
    ]);
    expect((await planOf({ attachments: [kept] })).messages).toEqual([]);
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
  ])("gives %j a text, because Cliq takes no message without", async (richContent, text) => {
    expect(textsOf(await planOf({ richContent }))).toEqual([text]);
  });

  it.each<[string, MessageInitShape<typeof SendCommandSchema>, string]>([
    ["nothing", { text: " \n" }, "invalid"],
    ["rich content that is empty", { richContent: { card: { subtitle: "s" } } }, "invalid"],
    ["an attachment without a file", { text: "x", attachments: [{ filename: "a" }] }, "invalid"],
    ["a flood", { text: "x ".repeat(maxTextChars * maxTextParts) }, "too_long"],
    ["eleven files", { attachments: Array.from({ length: 11 }, () => ({ storageKey: "k" })) }, "too_long"],
  ])("refuses %s", async (_, init, reason) => {
    await expect(planOf(init)).rejects.toThrow(refused(reason));
  });

  it("closes code that continues in the next message, and reopens it there", async () => {
    const lines = Array.from({ length: 260 }, (_, at) => `print("line number ${at} of it")`);
    const parts = textsOf(await planOf({ text: `Here:\n\`\`\`python\n${lines.join("\n")}\n\`\`\`\nDone` }));
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(part.split("```")).toHaveLength(3);
    expect(parts[1]).toMatch(/^```\nprint/);
    expect(parts.join("\n").match(/print.*/g)).toEqual(lines);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(maxTextChars);
  });
});

describe("mentions of everyone", () => {
  const rings = /\{@all\}|\{@participants\}|@all|@available/;
  const text = "{@all} {@participants} @all @available &#64;all \\{@all\\} `{@all}` {@b-1} x@all.com";

  it("are words in texts unless the command allows them", async () => {
    const [quiet = ""] = textsOf(await planOf({ text }));
    expect(quiet.replaceAll("x@all.com", "")).not.toMatch(rings);
    expect(quiet.replaceAll("\u200b", "")).toContain("@all @participants @all @available");
    expect(quiet).toContain("{@b-1}");
    expect(textsOf(await planOf({ text: "{@all} hi", allowBroadcast: true }))).toEqual(["{@all} hi"]);
    const attributes = { allow_broadcast: "true" };
    expect(textsOf(await planOf({ text: "{@all} hi", attributes }))).toEqual(["{@all} hi"]);
  });

  it("are words in cards too", async () => {
    const richContent = {
      card: { title: "{@all} look" },
      blocks: [
        { content: { case: "list" as const, value: { items: ["@available", "https://e.com/@all"] } } },
      ],
    };
    const body = JSON.stringify((await planOf({ richContent })).messages);
    expect(body).not.toMatch(/\{@all\}|@available/);
    expect(body).toContain("https://e.com/@all");
  });
});
