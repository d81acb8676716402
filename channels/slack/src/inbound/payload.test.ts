import { trustUnsigned } from "@mio/channel-kit";
import { describe, expect, it } from "vitest";
import type { SlackEnvelope } from "./events/slack-event.ts";
import { parseBody, parsePayload, type SlackPayload } from "./payload.ts";

const refused = expect.objectContaining({ code: "channel.unparseable" });

function envelopeOf(event: unknown): SlackEnvelope {
  const payload = parsePayload({ type: "event_callback", team_id: "T1", event });
  if (payload.kind !== "event") throw new Error(payload.kind);
  return payload.envelope;
}

function parse(text: string): SlackPayload {
  return parseBody(trustUnsigned(new TextEncoder().encode(text)));
}

describe("a body", () => {
  it.each(["", "{", "7", "null", "[]", '"x"', "{}", '{"type":"event_callback"}', '{"event":[]}'])(
    "%j is not what Slack sends",
    (text) => {
      expect(() => parse(text)).toThrow(refused);
    },
  );

  it.each([
    ["a text", { text: 7 }],
    ["a channel", { channel: { id: "C1" } }],
    ["a ts", { ts: 1714731490.1234 }],
    ["an item", { item: "F1" }],
    ["a changed message", { message: "hi" }],
  ])("with %s of a wrong type is refused, not half understood", (_, wrong) => {
    expect(() => envelopeOf({ type: "message", channel: "C1", ts: "1.2", ...wrong })).toThrow(refused);
  });

  it("that is not UTF-8 is refused", () => {
    expect(() => parseBody(trustUnsigned(new Uint8Array([0x22, 0xff, 0x22])))).toThrow(refused);
  });

  it("does not appear in the error", () => {
    const seen: unknown[] = [];
    try {
      parse('{"event": s3cret');
    } catch (error) {
      seen.push(error instanceof Error ? [error.message, error.cause, error.stack] : error);
    }
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain("s3cret");
  });

  it("with a challenge that is no text is refused", () => {
    expect(() => parsePayload({ type: "url_verification", challenge: 7 })).toThrow(refused);
  });
});

describe("an event", () => {
  it("takes null for absent", () => {
    const event = {
      type: "message",
      user: null,
      text: null,
      thread_ts: null,
      files: null,
      previous_message: null,
    };
    expect(envelopeOf(event).event).toMatchObject({ user: "", text: "", threadTs: "", files: [] });
  });

  it("of a kind that uses the names otherwise is known by its type", () => {
    expect(envelopeOf({ type: "channel_rename", channel: { id: "C1" } }).event.type).toBe("channel_rename");
  });

  it("is not lost to a file that cannot be read", () => {
    const files = [7, null, { id: "F1", size: "big", name: ["x"], url_private: "https://files.slack.com/x" }];
    expect(envelopeOf({ type: "message", files }).event.files).toEqual([
      { id: "F1", name: "", mimetype: "", size: 0, url: "https://files.slack.com/x", withheld: "" },
    ]);
  });

  it.each([["[]"], ["7"], ['[{"user_id":7}]']])("is not lost to authorizations like %s", (text) => {
    const payload = parsePayload({
      authorizations: JSON.parse(text),
      event: { type: "message", text: "hi" },
    });
    expect(payload).toMatchObject({ kind: "event", envelope: { event: { text: "hi" } } });
  });
});
