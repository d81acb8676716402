import { describe, expect, it } from "vitest";
import { parseEdit, parsePost } from "./post-body.ts";

const codeOf = (raw: string, extraKeys?: readonly string[]): unknown => {
  const parsed = parsePost(raw, extraKeys);
  return "refusal" in parsed ? parsed.refusal.body : "accepted";
};

describe("parsePost", () => {
  it("reads what Cliq knows", () => {
    const raw = JSON.stringify({
      text: "x",
      sync_message: true,
      reply_to: "1_2",
      buttons: [1],
      bot: { name: "N" },
    });
    expect(parsePost(raw)).toEqual({
      body: {
        text: "x",
        botDisplayName: "N",
        wantsId: true,
        replyTo: "1_2",
        userIds: [],
        broadcast: false,
        rich: { buttons: [1] },
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
    ['{"text":"x","userids":"1"}', "extra_key_found"],
    ['{"text":"x","sync_message":"yes"}', "invalid_inputs"],
  ])("refuses %s as %s", (raw, code) => {
    expect(codeOf(raw)).toMatchObject({ code });
  });

  it("takes keys of the bot's endpoint there only", () => {
    expect(codeOf('{"text":"x","userids":"1"}', ["userids"])).toBe("accepted");
  });
});

describe("parseEdit", () => {
  it("needs a text of a length Cliq takes", () => {
    expect(parseEdit('{"text":"x"}')).toEqual({ body: { text: "x" } });
    expect(parseEdit('{"text":""}')).toMatchObject({ refusal: { status: 400 } });
    expect(parseEdit(JSON.stringify({ text: "x".repeat(5_001) }))).toMatchObject({
      refusal: { status: 400 },
    });
  });
});
