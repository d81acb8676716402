import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  Attachment_Kind,
  AttachmentSchema,
  RichButton_Style,
  RichButtonAction_Kind,
  RichContentSchema,
} from "@mio/proto";
import { describe, expect, it } from "vitest";
import { type RichBody, toRichBody } from "./rich-body.ts";

function bodyOf(
  content: MessageInitShape<typeof RichContentSchema>,
  links: readonly MessageInitShape<typeof AttachmentSchema>[] = [],
): RichBody | undefined {
  const attachments = links.map((link) => create(AttachmentSchema, link));
  return toRichBody(create(RichContentSchema, content), attachments);
}

const openUrl = { kind: RichButtonAction_Kind.OPEN_URL, url: "https://example.com/" };

describe("a card", () => {
  it("is title, theme and thumbnail, and never sections", () => {
    const card = {
      title: "Deploy",
      subtitle: "dropped",
      theme: "modern-inline",
      thumbnailUrl: "https://x/t.png",
    };
    expect(bodyOf({ card })).toEqual({
      card: { title: "Deploy", theme: "modern-inline", thumbnail: "https://x/t.png" },
    });
  });

  it("with nothing that Cliq shows is absent", () => {
    expect(bodyOf({ card: { subtitle: "dropped" } })).toBeUndefined();
    expect(toRichBody(undefined, [])).toBeUndefined();
  });

  it("has a title of at most 200 characters, and says that it was cut", () => {
    const title = bodyOf({ card: { title: `${"x".repeat(198)}😀😀` } })?.card?.title;
    expect(title).toBe(`${"x".repeat(198)}…`);
  });
});

describe("slides", () => {
  it("become one for each block, in order", () => {
    const content = {
      blocks: [
        { content: { case: "text", value: { title: "T", text: "some *text*" } } },
        { content: { case: "list", value: { items: ["a", "", "b"] } } },
        {
          content: {
            case: "table",
            value: {
              title: "Tab",
              headers: ["Name", "Team"],
              rows: [{ cells: ["Ada", "R&D", "extra"] }, { cells: ["Bo"] }],
            },
          },
        },
        {
          content: {
            case: "label",
            value: {
              labels: [
                { key: "Revenue", value: "5" },
                { key: "", value: "x" },
                { key: "y", value: "" },
              ],
            },
          },
        },
        { content: { case: "images", value: { title: "Pics", urls: ["https://x/a.png", ""] } } },
      ],
    } satisfies MessageInitShape<typeof RichContentSchema>;
    const style = { width: [50, 50], text_align: ["left", "left"] };
    expect(bodyOf(content)).toEqual({
      slides: [
        { type: "text", title: "T", data: "some *text*" },
        { type: "list", data: ["a", "b"] },
        {
          type: "table",
          title: "Tab",
          data: {
            headers: ["Name", "Team"],
            rows: [
              { Name: "Ada", Team: "R&D" },
              { Name: "Bo", Team: "" },
            ],
            style,
            styles: style,
          },
        },
        { type: "label", data: [{ Revenue: "5" }] },
        { type: "images", title: "Pics", data: ["https://x/a.png"] },
      ],
    });
  });

  it("leave empty blocks out", () => {
    const content = {
      blocks: [
        {},
        { content: { case: "text", value: { title: "T", text: " " } } },
        { content: { case: "list", value: { items: [""] } } },
        { content: { case: "table", value: { headers: ["a"] } } },
        { content: { case: "table", value: { rows: [{ cells: ["a"] }] } } },
        { content: { case: "label", value: {} } },
        { content: { case: "images", value: { urls: [] } } },
      ],
    } satisfies MessageInitShape<typeof RichContentSchema>;
    expect(bodyOf(content)).toBeUndefined();
  });

  it("of links come last: pictures shown, the rest listed", () => {
    const links = [
      { kind: Attachment_Kind.FILE, url: "https://x/a.pdf", filename: "a.pdf" },
      { kind: Attachment_Kind.IMAGE, url: "https://x/b.png", filename: "b.png" },
      { kind: Attachment_Kind.LINK, url: "https://x/" },
    ];
    const blocks = [{ content: { case: "text", value: { text: "t" } } as const }];
    expect(bodyOf({ blocks }, links)?.slides).toEqual([
      { type: "text", data: "t" },
      { type: "images", title: "Images", data: ["https://x/b.png"] },
      {
        type: "label",
        title: "Attachments",
        data: [{ "a.pdf": "https://x/a.pdf" }, { "https://x/": "https://x/" }],
      },
    ]);
  });
});

describe("buttons", () => {
  it.each([
    [openUrl, { type: "open.url", data: { web: "https://example.com/" } }],
    [
      { kind: RichButtonAction_Kind.PREVIEW_URL, url: "https://x/" },
      { type: "preview.url", data: { url: "https://x/" } },
    ],
    [
      { kind: RichButtonAction_Kind.COPY, text: "c" },
      { type: "copy", data: { text: "c" } },
    ],
    [
      { kind: RichButtonAction_Kind.INVOKE_FUNCTION, functionName: "f", functionOwner: "a@x" },
      { type: "invoke.function", data: { name: "f", owner: "a@x" } },
    ],
    [
      { kind: RichButtonAction_Kind.INVOKE_FUNCTION, functionName: "f" },
      { type: "invoke.function", data: { name: "f" } },
    ],
  ])("do %j", (action, expected) => {
    expect(bodyOf({ buttons: [{ label: "Go", action }] })).toEqual({
      buttons: [{ label: "Go", type: "+", action: expected }],
    });
  });

  it("carry style, key and hint", () => {
    const button = { label: "Stop", style: RichButton_Style.DANGER, key: "k", hint: "h", action: openUrl };
    expect(bodyOf({ buttons: [button] })?.buttons?.[0]).toMatchObject({ type: "-", key: "k", hint: "h" });
  });

  it.each([
    ["no label", { label: " ", action: openUrl }, /button 1 of 1 has no label/],
    ["only a key", { label: "Go", key: "go" }, /button 1 of 1 has no action/],
    ["an action of no kind", { label: "Go", action: { url: "https://x/" } }, /has no action/],
    ["nothing to copy", { label: "Go", action: { kind: RichButtonAction_Kind.COPY } }, /has nothing to copy/],
    [
      "too much to copy",
      { label: "Go", action: { kind: RichButtonAction_Kind.COPY, text: "c".repeat(201) } },
      /copies more than the 200/,
    ],
    [
      "a function without a name",
      { label: "Go", action: { kind: RichButtonAction_Kind.INVOKE_FUNCTION } },
      /names no function/,
    ],
    ["no address", { label: "Go", action: { kind: RichButtonAction_Kind.OPEN_URL } }, /has no address/],
  ])("with %s are refused", (_, button, why) => {
    expect(() => bodyOf({ buttons: [button] })).toThrow(why);
    expect(() => bodyOf({ buttons: [button] })).toThrow(
      expect.objectContaining({ kind: "permanent", reason: "unsupported" }),
    );
  });

  it("are cut to Cliq's limit, with a mark", () => {
    const button = { label: "x".repeat(21), hint: "h".repeat(101), key: "k".repeat(101), action: openUrl };
    expect(bodyOf({ buttons: [button] })?.buttons?.[0]).toMatchObject({
      label: `${"x".repeat(19)}…`,
      hint: `${"h".repeat(99)}…`,
      key: `${"k".repeat(99)}…`,
    });
  });

  it("that open an address are links beyond the fifth, and when the address is long", () => {
    const far = { kind: RichButtonAction_Kind.OPEN_URL, url: `https://x/${"y".repeat(256)}` };
    const copy = { kind: RichButtonAction_Kind.COPY, text: "c" };
    const buttons = [
      { label: "Far", action: far },
      ...Array.from({ length: 5 }, (_, at) => ({ label: `b${at}`, action: openUrl })),
      { label: "Copy", action: copy },
    ];
    const body = bodyOf({ buttons });
    expect(body?.buttons?.map(({ label }) => label)).toEqual(["b0", "b1", "b2", "b3", "Copy"]);
    expect(body?.slides).toEqual([
      { type: "label", title: "Links", data: [{ Far: far.url }, { b4: openUrl.url }] },
    ]);
  });

  it("of which more than five copy or call a function are refused", () => {
    const action = { kind: RichButtonAction_Kind.COPY, text: "c" };
    const buttons = Array.from({ length: 6 }, () => ({ label: "Copy", action }));
    expect(() => bodyOf({ buttons })).toThrow(/at most 5 buttons/);
  });
});
