import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CliqMessage } from "../content/read/cliq-message.ts";
import type { CliqEvent } from "./cliq-event.ts";
import { revision, syntheticId } from "./synthetic-id.ts";

const message: CliqMessage = {
  id: "",
  time: undefined,
  text: "ok",
  mentions: [],
  file: undefined,
  attachments: [],
  repliedMessage: undefined,
  unread: [],
};
const event: CliqEvent = {
  operation: "message",
  time: undefined,
  sentAt: undefined,
  handler: "",
  nonce: "",
  message,
  user: { id: "137", name: "Ada", organizationId: "", isBot: false, isExternal: false },
  chat: { id: "CT_1-B2", title: "", type: "", channelName: "", isChannel: false, isDirect: true },
};
const at = (ms: number): Date => new Date(1_777_804_680_000 + ms);

describe("syntheticId", () => {
  it("is the same for a redelivery within five seconds, and another one later", () => {
    expect(syntheticId(event, message, at(4_999))).toBe(syntheticId(event, message, at(0)));
    expect(syntheticId(event, message, at(5_000))).not.toBe(syntheticId(event, message, at(0)));
  });

  it.each([
    ["time of the platform", { time: 1_777_804_680_000 }],
    ["nonce of the handler", { nonce: "n-1" }],
  ])("does not depend on the moment of receipt when there is a %s", (_, known) => {
    const timed = { ...event, ...known };
    expect(syntheticId(timed, message, at(3_600_000))).toBe(syntheticId(timed, message, at(0)));
  });

  it("distinguishes a time, a nonce and a bucket with the same digits", () => {
    const ms = at(0).getTime();
    const ids = [event, { ...event, time: ms }, { ...event, nonce: String(ms) }];
    expect(new Set(ids.map((one) => syntheticId(one, message, at(0)))).size).toBe(3);
  });

  it("differs for every gesture that differs in anything", () => {
    const gesture = fc.record({
      text: fc.string({ maxLength: 3 }),
      user: fc.constantFrom("1", "2"),
      chat: fc.constantFrom("a", "b"),
      file: fc.option(fc.constantFrom("x.png", "y.png"), { nil: undefined }),
      reply: fc.option(fc.constantFrom("1_1", "1_2"), { nil: undefined }),
      time: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
    });
    type Gesture = typeof gesture extends fc.Arbitrary<infer T> ? T : never;
    const idOf = ({ text, user, chat, file, reply, time }: Gesture): string =>
      syntheticId(
        { ...event, time, user: { ...event.user, id: user }, chat: { ...event.chat, id: chat } },
        {
          ...message,
          text,
          attachments: file === undefined ? [] : [{ name: file, type: "", url: "" }],
          repliedMessage:
            reply === undefined
              ? undefined
              : { id: reply, text: "", senderId: "", senderName: "", time: undefined, type: "" },
        },
        at(0),
      );
    fc.assert(
      fc.property(gesture, gesture, (a, b) => {
        const isSame = JSON.stringify(a) === JSON.stringify(b);
        expect(idOf(a) === idOf(b)).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });
});

describe("revision", () => {
  it("is the time of the edit, else its content", () => {
    expect(revision({ ...event, time: 5 }, message)).toBe("5");
    expect(revision(event, message)).toBe(revision(event, message));
    expect(revision(event, { ...message, text: "ok!" })).not.toBe(revision(event, message));
  });
});
