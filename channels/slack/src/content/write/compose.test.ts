import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Attachment_Kind, RichButtonAction_Kind, SendCommandSchema } from "@mio/proto";
import { describe, expect, it } from "vitest";
import { compose, maxTextChars, type Part } from "./compose.ts";
import { textsOf } from "./pages.ts";

async function partsOf(init: MessageInitShape<typeof SendCommandSchema>): Promise<readonly Part[]> {
  return (await compose(create(SendCommandSchema, init))).parts;
}

const shown = ({ text, blocks }: Part): readonly string[] =>
  blocks.length === 0 ? [text] : blocks.flatMap(textsOf);

describe("a text", () => {
  it("is one message in Slack's markup", async () => {
    expect(await partsOf({ text: "**hi** & <@U1>" })).toEqual([{ text: "*hi* &amp; <@U1>", blocks: [] }]);
  });

  it("is refused when it is a flood, before it is formatted", async () => {
    expect(await partsOf({ text: "x".repeat(80_000) })).toHaveLength(20);
    const refusal = expect.objectContaining({ kind: "permanent", reason: "too_long" });
    await expect(partsOf({ text: `${"x".repeat(80_000)}y` })).rejects.toThrow(refusal);
  });

  it("continues in further messages, without losing a word", async () => {
    const words = Array.from({ length: 3_000 }, (_, at) => `w${at}&`);
    const parts = await partsOf({ text: words.join(" ") });
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
    async (init) => {
      await expect(partsOf(init)).rejects.toThrow(
        expect.objectContaining({ kind: "permanent", reason: "invalid" }),
      );
    },
  );
});

describe("rich content", () => {
  const card = {
    card: { title: "Build 42" },
    blocks: [{ content: { case: "text" as const, value: { text: "All tests passed." } } }],
  };

  it("stands below the text, which is shown in notifications too", async () => {
    const [part, ...more] = await partsOf({ text: "Look **here**", richContent: card });
    expect(more).toEqual([]);
    expect(part?.text).toBe("Look *here*");
    expect(shown(part ?? { text: "", blocks: [] })).toEqual(["Look *here*", "Build 42", "All tests passed."]);
  });

  it("is not repeated when the text is its fallback", async () => {
    const [part] = await partsOf({ text: "**Build 42**\n\nall tests passed", richContent: card });
    expect(part?.text).toBe("*Build 42*\n\nall tests passed");
    expect(part?.blocks.flatMap(textsOf)).toEqual(["Build 42", "All tests passed."]);
    expect(
      (await partsOf({ text: "Yes", richContent: { card: { title: "Yesterday" } } }))[0]?.blocks,
    ).toHaveLength(2);
  });

  it("without a text uses its own words in notifications", async () => {
    expect((await partsOf({ richContent: card }))[0]?.text).toBe("Build 42\nAll tests passed.");
  });

  it("follows a long text in a message of its own", async () => {
    const parts = await partsOf({ text: "word ".repeat(700), richContent: card });
    expect(parts.map(({ blocks }) => blocks.length)).toEqual([0, 2]);
  });

  it("of buttons alone keeps the question with them", async () => {
    const action = { kind: RichButtonAction_Kind.OPEN_URL, url: "https://e.com" };
    const [part] = await partsOf({ text: "Deploy?", richContent: { buttons: [{ label: "Yes", action }] } });
    expect(part?.blocks.map(({ type }) => type)).toEqual(["section", "actions"]);
  });

  it("continues in further messages if it does not fit into one", async () => {
    const blocks = Array.from({ length: 120 }, (_, at) => ({
      content: { case: "text" as const, value: { text: `line ${at}.` } },
    }));
    const parts = await partsOf({ richContent: { blocks } });
    expect(parts.map((part) => part.blocks.length)).toEqual([50, 50, 20]);
    expect(parts.flatMap(shown)).toHaveLength(120);
  });
});

describe("attachments", () => {
  it("with only an address are pictures, or links in the text", async () => {
    const [part] = await partsOf({
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

  it("that Mio stores are files after the text, or alone", async () => {
    const attachments = [{ storageKey: "k", filename: "r.pdf", url: "https://e.com" }];
    expect(await compose(create(SendCommandSchema, { attachments }))).toMatchObject({
      parts: [],
      files: [{ storageKey: "k" }],
    });
  });

  it("that do not exist are refused", async () => {
    await expect(partsOf({ text: "x", attachments: [{ filename: "gone" }] })).rejects.toThrow(
      /neither kept content/,
    );
  });
});

describe("mentions of everyone", () => {
  const text = "<!here> <!channel|all> <!everyone> and `<!here>` <!subteam^S1>";

  it("are words unless the command allows them", async () => {
    const [part] = await partsOf({ text });
    expect(part?.text).toBe("@here @channel @everyone and `&lt;!here&gt;` <!subteam^S1>");
    const allowed = "<!here> <!channel|all> <!everyone> and `&lt;!here&gt;` <!subteam^S1>";
    expect((await partsOf({ text, allowBroadcast: true }))[0]?.text).toBe(allowed);
    expect((await partsOf({ text, attributes: { allow_broadcast: "true" } }))[0]?.text).toBe(allowed);
  });

  it("are words in cards and captions too, where Slack reads names as well", async () => {
    const parts = await partsOf({
      text: "<!channel> look",
      attachments: [{ kind: Attachment_Kind.IMAGE, url: "https://e.com/i.png", filename: "<!here>.png" }],
      richContent: {
        card: { title: "<!here>", subtitle: "<!everyone> @here" },
        blocks: [
          { content: { case: "table", value: { headers: ["<!here>"], rows: [{ cells: ["<!here>"] }] } } },
          { content: { case: "label", value: { labels: [{ key: "<!here>", value: "<!here>" }] } } },
        ],
      },
    });
    const texts = JSON.stringify(parts, (_, value) => (value?.type === "plain_text" ? undefined : value));
    expect(texts).not.toMatch(/<!/);
    expect(parts[0]?.blocks).toContainEqual({
      type: "context",
      elements: [{ type: "mrkdwn", text: "@everyone @here", verbatim: true }],
    });
  });
});
