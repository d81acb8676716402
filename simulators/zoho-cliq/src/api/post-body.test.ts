import { describe, expect, it } from "vitest";
import { parseEdit, parsePost } from "./post-body.ts";

const codeOf = (raw: string, extraKeys?: readonly string[]): unknown => {
  const parsed = parsePost(raw, extraKeys);
  return "refusal" in parsed ? parsed.refusal.body : "accepted";
};

const button = { label: "Go", type: "+", action: { type: "copy", data: { text: "c" } } };
const table = { headers: ["a", "b"], rows: [{ a: "1" }], styles: { width: [40, 60] } };

describe("parsePost", () => {
  it.each([
    { card: { title: "t", theme: "modern-inline" } },
    {
      slides: [
        { type: "table", data: table },
        { type: "label", data: [{ a: "b" }] },
      ],
    },
    { buttons: Array.from({ length: 5 }, () => button) },
  ])("accepts %j", (rich) => {
    expect(codeOf(JSON.stringify({ text: "x", ...rich }))).toBe("accepted");
  });

  it.each([
    ["a card with sections", { card: { title: "t", sections: [] } }],
    ["a title of 201 characters", { card: { title: "t".repeat(201) } }],
    ["an unknown slide", { slides: [{ type: "chart", data: [] }] }],
    ["an empty list", { slides: [{ type: "list", data: [] }] }],
    ["a label of two", { slides: [{ type: "label", data: [{ a: "b", c: "d" }] }] }],
    [
      "widths that are not 100 %",
      { slides: [{ type: "table", data: { ...table, styles: { width: [50, 60] } } }] },
    ],
    ["a cell without a header", { slides: [{ type: "table", data: { ...table, rows: [{ c: "1" }] } }] }],
    ["six buttons", { buttons: Array.from({ length: 6 }, () => button) }],
    ["a label of 21 characters", { buttons: [{ ...button, label: "x".repeat(21) }] }],
    ["a button of an unknown style", { buttons: [{ ...button, type: "!" }] }],
    ["an action without its part", { buttons: [{ ...button, action: { type: "open.url", data: {} } }] }],
  ])("rejects %s", (_, rich) => {
    expect(codeOf(JSON.stringify({ text: "x", ...rich }))).toMatchObject({ code: "invalid_inputs" });
  });

  it("reads every key that Cliq documents", () => {
    const raw = JSON.stringify({
      text: "x",
      sync_message: true,
      reply_to: "1_2",
      thread_message_id: "1_3",
      buttons: [button],
      bot: { name: "N" },
    });
    expect(parsePost(raw)).toEqual({
      body: {
        text: "x",
        botDisplayName: "N",
        wantsId: true,
        replyTo: "1_2",
        threadMessageId: "1_3",
        userIds: [],
        broadcast: false,
        rich: { buttons: [button] },
      },
    });
  });

  it("counts characters, not UTF-16 units", () => {
    expect(codeOf(JSON.stringify({ text: "😀".repeat(5_000) }))).toBe("accepted");
    expect(codeOf(JSON.stringify({ text: "😀".repeat(5_001) }))).toMatchObject({
      code: "text_length_exceeded",
    });
  });

  it.each([
    ["", "invalid_json"],
    ["[]", "invalid_json"],
    ['"text"', "invalid_json"],
    ["{", "invalid_json"],
    ['{"text":1}', "invalid_inputs"],
    ['{"text":""}', "param_missing"],
    ['{"text":" ","card":{"title":"t"}}', "param_missing"],
    ['{"text":"x","userids":"1"}', "extra_key_found"],
    ['{"text":"x","sync_message":"yes"}', "invalid_inputs"],
  ])("rejects %s with %s", (raw, code) => {
    expect(codeOf(raw)).toMatchObject({ code });
  });

  it("accepts keys of the bot endpoint there only", () => {
    expect(codeOf('{"text":"x","userids":"1"}', ["userids"])).toBe("accepted");
  });
});

describe("parseEdit", () => {
  it("requires a text within Cliq's limit", () => {
    expect(parseEdit('{"text":"x"}')).toEqual({ body: { text: "x" } });
    expect(parseEdit('{"text":""}')).toMatchObject({ refusal: { status: 400 } });
    expect(parseEdit(JSON.stringify({ text: "x".repeat(5_001) }))).toMatchObject({
      refusal: { status: 400 },
    });
  });
});
