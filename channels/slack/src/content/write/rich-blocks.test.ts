import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { RichButton_Style, RichButtonAction_Kind, RichContentSchema } from "@mio/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, clamp, limits } from "./block.ts";
import { pagesOf, textsOf } from "./pages.ts";
import { richBlocks } from "./rich-blocks.ts";

type Init = MessageInitShape<typeof RichContentSchema>;

function blocksOf(init: Init): readonly Block[] {
  return richBlocks(create(RichContentSchema, init));
}

function failureOf(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return error;
  }
}

const block = (content: NonNullable<NonNullable<Init["blocks"]>[number]["content"]>) => ({
  blocks: [{ content }],
});

describe("a card", () => {
  it("is a header, a line below it and a thumbnail beside the first section", () => {
    const blocks = blocksOf({
      card: {
        title: "Build **42**",
        subtitle: "on *main*",
        thumbnailUrl: "https://e.com/t.png",
        theme: "modern",
      },
      blocks: [{ content: { case: "text", value: { title: "Result", text: "all **green** & fine" } } }],
    });
    expect(blocks).toEqual([
      { type: "header", text: { type: "plain_text", text: "Build **42**" } },
      { type: "context", elements: [{ type: "mrkdwn", text: "on _main_" }] },
      {
        type: "section",
        text: { type: "mrkdwn", text: "*Result*\nall *green* &amp; fine" },
        accessory: { type: "image", image_url: "https://e.com/t.png", alt_text: "picture" },
      },
    ]);
  });

  it("with a title too long for a header shows it whole as text", () => {
    const title = "word ".repeat(60).trim();
    expect(blocksOf({ card: { title } })).toEqual([
      { type: "section", text: { type: "mrkdwn", text: `*${title}*` } },
    ]);
  });

  it("shows its thumbnail by itself when there is no section", () => {
    const blocks = blocksOf({ card: { title: "T", thumbnailUrl: "https://e.com/t.png" } });
    expect(blocks.at(-1)).toEqual({ type: "image", image_url: "https://e.com/t.png", alt_text: "picture" });
  });
});

describe("content", () => {
  it("lists with bullets", () => {
    const blocks = blocksOf(
      block({ case: "list", value: { title: "Steps", items: ["one", "two\nlines", "**3**"] } }),
    );
    expect(blocks.flatMap(textsOf)).toEqual(["*Steps*\n• one\n• two\n  lines\n• *3*"]);
  });

  it("aligns tables in code", () => {
    const value = {
      title: "Who",
      headers: ["Name", "Note"],
      rows: [{ cells: ["Ada", "a < b"] }, { cells: ["Bob\nby", "```", "too many"] }, { cells: [] }],
    };
    expect(blocksOf(block({ case: "table", value })).flatMap(textsOf)).toEqual([
      "*Who*",
      "```\nName    Note\n------  -----\nAda     a &lt; b\nBob by  '''\n\n```",
    ]);
  });

  it("continues a long table with its headers repeated", () => {
    const rows = Array.from({ length: 400 }, (_, at) => ({ cells: [`row ${at}`, "x".repeat(20)] }));
    const texts = blocksOf(block({ case: "table", value: { headers: ["A", "B"], rows } })).flatMap(textsOf);
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) expect(text).toMatch(/^```\nA {8}B\n-/);
    for (let at = 0; at < 400; at += 1) expect(texts.join("\n")).toMatch(new RegExp(`^row ${at} `, "m"));
  });

  it("puts labels side by side, ten to a row", () => {
    const labels = Array.from({ length: 12 }, (_, at) => ({ key: `k${at}`, value: `v${at}` }));
    const blocks = blocksOf(
      block({ case: "label", value: { title: "Facts", labels: [...labels, { key: "", value: "" }] } }),
    );
    expect(blocks.map((found) => (found.type === "section" ? (found.fields?.length ?? 0) : -1))).toEqual([
      0, 10, 2,
    ]);
    expect(textsOf(blocks[2] ?? { type: "context", elements: [] })).toEqual(["*k10*\nv10", "*k11*\nv11"]);
  });

  it("gives a long label separate sections", () => {
    const labels = [
      { key: "a", value: "1" },
      { key: "long", value: "word ".repeat(900) },
      { key: "b", value: "2" },
    ];
    const blocks = blocksOf(block({ case: "label", value: { labels } }));
    expect(blocks.flatMap(textsOf).join(" ").match(/word/g)).toHaveLength(900);
    expect(blocks.every(({ type }) => type === "section")).toBe(true);
  });

  it("shows pictures, and links those that Slack would not show", () => {
    const value = { title: "Graph", urls: ["https://e.com/1.png", "http://e.com/2.png", ""] };
    expect(blocksOf(block({ case: "images", value }))).toEqual([
      {
        type: "image",
        image_url: "https://e.com/1.png",
        alt_text: "Graph",
        title: { type: "plain_text", text: "Graph" },
      },
      { type: "section", text: { type: "mrkdwn", text: "<http://e.com/2.png|Graph>" } },
    ]);
  });

  it("shows a picture without a title that is blank, which Slack would refuse", () => {
    const value = { title: " ", urls: ["https://e.com/1.png"] };
    expect(blocksOf(block({ case: "images", value }))).toEqual([
      { type: "image", image_url: "https://e.com/1.png", alt_text: "picture" },
    ]);
  });

  it("is nothing when it is empty", () => {
    expect(blocksOf({})).toEqual([]);
    expect(blocksOf({ card: {}, blocks: [{}, { content: { case: "text", value: {} } }] })).toEqual([]);
  });
});

describe("buttons", () => {
  const { OPEN_URL, PREVIEW_URL, COPY, INVOKE_FUNCTION } = RichButtonAction_Kind;

  it("open addresses", () => {
    const blocks = blocksOf({
      buttons: [
        {
          label: "Open",
          key: "open",
          style: RichButton_Style.PRIMARY,
          action: { kind: OPEN_URL, url: "https://e.com/?a&b" },
        },
        {
          label: "Look",
          key: "open",
          style: RichButton_Style.DANGER,
          action: { kind: PREVIEW_URL, url: "https://e.com" },
        },
      ],
    });
    expect(blocks).toEqual([
      {
        type: "actions",
        elements: [
          {
            type: "button",
            text: { type: "plain_text", text: "Open" },
            url: "https://e.com/?a&b",
            action_id: "open",
            style: "primary",
          },
          {
            type: "button",
            text: { type: "plain_text", text: "Look" },
            url: "https://e.com",
            style: "danger",
          },
        ],
      },
    ]);
  });

  const link = { label: "Open", action: { kind: OPEN_URL, url: "https://e.com" } };
  const far = `https://e.com/${"x".repeat(3_000)}`;

  it.each([
    ["only a key", { label: "secret", key: "yes" }, /button 2 of 2 has no action/],
    ["no label", { label: " ", action: link.action }, /button 2 of 2 has no label/],
    [
      "a text to copy",
      { label: "secret", action: { kind: COPY, text: "secret" } },
      /copies text, for which Slack/,
    ],
    [
      "a function to call",
      { label: "secret", action: { kind: INVOKE_FUNCTION, functionName: "secret" } },
      /calls a function, which Slack does not support/,
    ],
    ["a script", { label: "secret", action: { kind: OPEN_URL, url: "javascript:secret" } }, /no http, https/],
    [
      "a long address",
      { label: "secret", action: { kind: OPEN_URL, url: far } },
      /more than 3000 characters/,
    ],
    ["an action of the future", { label: "secret", action: { kind: 42 as typeof COPY } }, /does not know/],
  ])("with %s are rejected without quoting them", (_, button, why) => {
    const failure = failureOf(() => blocksOf({ buttons: [link, button] }));
    expect(failure).toMatchObject({
      kind: "permanent",
      reason: "unsupported",
      message: expect.stringMatching(why),
    });
    expect(failure).not.toMatchObject({ message: expect.stringContaining("secret") });
  });

  it("come in rows, with a mark where a label was too long", () => {
    const action = { kind: OPEN_URL, url: "https://e.com" };
    const buttons = Array.from({ length: 30 }, () => ({ label: "x".repeat(80), action }));
    const blocks = blocksOf({ buttons });
    expect(blocks.map((found) => (found.type === "actions" ? found.elements.length : 0))).toEqual([25, 5]);
    expect(textsOf(blocks[0] ?? { type: "context", elements: [] })[0]).toBe(`${"x".repeat(74)}…`);
  });
});

describe("Slack's limits", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.nat(9_000).map((length) => "ab & ".repeat(length / 5)),
  );
  const content: fc.Arbitrary<Init> = fc.record({
    card: fc.record({
      title: text,
      subtitle: text,
      thumbnailUrl: fc.constantFrom("", "https://e.com/t.png", `https://e.com/${"x".repeat(4000)}`),
    }),
    blocks: fc.array(
      fc.oneof(
        fc.record({ title: text, text }).map((value) => ({ content: { case: "text" as const, value } })),
        fc
          .record({ title: text, items: fc.array(text, { maxLength: 5 }) })
          .map((value) => ({ content: { case: "list" as const, value } })),
        fc
          .record({
            title: text,
            headers: fc.array(text, { maxLength: 3 }),
            rows: fc.array(fc.record({ cells: fc.array(text, { maxLength: 4 }) }), { maxLength: 5 }),
          })
          .map((value) => ({ content: { case: "table" as const, value } })),
        fc
          .record({ title: text, labels: fc.array(fc.record({ key: text, value: text }), { maxLength: 15 }) })
          .map((value) => ({ content: { case: "label" as const, value } })),
        fc
          .record({
            title: text,
            urls: fc.array(fc.constantFrom("https://e.com/i.png", "ftp://e.com/x"), { maxLength: 60 }),
          })
          .map((value) => ({ content: { case: "images" as const, value } })),
      ),
      { maxLength: 5 },
    ),
    buttons: fc.array(
      fc.record({
        label: text.map((label) => `x${label}`),
        key: text,
        action: fc.record({
          kind: fc.constantFrom(RichButtonAction_Kind.OPEN_URL, RichButtonAction_Kind.PREVIEW_URL),
          url: fc.constantFrom("https://e.com", `https://e.com/${"x".repeat(2_900)}`),
        }),
      }),
      { maxLength: 30 },
    ),
  });

  it("are kept for any content", () => {
    fc.assert(
      fc.property(content, (init) => {
        for (const page of pagesOf(blocksOf(init))) {
          expect(page.length).toBeLessThanOrEqual(limits.blocks);
          expect(page.flatMap(textsOf).reduce((sum, part) => sum + part.length, 0)).toBeLessThanOrEqual(
            20_000,
          );
          for (const found of page) expectWithin(found);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function expectWithin(found: Block): void {
  const longest: Record<Block["type"], number> = {
    header: limits.headerChars,
    section: limits.sectionChars,
    context: limits.contextChars,
    actions: limits.buttonChars,
    image: limits.altChars,
  };
  for (const text of textsOf(found)) {
    expect(text.trim()).not.toBe("");
    expect(text.length).toBeLessThanOrEqual(longest[found.type]);
  }
  if (found.type === "section") {
    expect(found.fields?.length ?? 0).toBeLessThanOrEqual(limits.fields);
    for (const field of found.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(limits.fieldChars);
  }
  if (found.type === "actions") {
    expect(found.elements.length).toBeLessThanOrEqual(limits.buttons);
    for (const { url } of found.elements) expect(url.length).toBeLessThanOrEqual(limits.urlChars);
  }
}

it("clamps with a mark and without half a character", () => {
  expect(clamp("abc", 3)).toBe("abc");
  expect(clamp("abcd", 3)).toBe("ab…");
  expect(clamp("a😀bc", 3)).toBe("a…");
});
