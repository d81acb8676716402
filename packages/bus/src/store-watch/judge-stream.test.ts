import { DiscardPolicy, type StreamConfig } from "@nats-io/jetstream";
import { describe, expect, it } from "vitest";
import { type JudgedStream, judgeStream, storedWithin } from "./judge-stream.ts";

const wanted = { subjects: ["mio.inbound.>"] };

function aStream(
  config: Partial<StreamConfig> = {},
  state: Partial<JudgedStream["state"]> = {},
  rest: Partial<JudgedStream> = {},
): JudgedStream {
  const settings = {
    name: "MESSAGES_INBOUND",
    subjects: ["mio.inbound.>"],
    sealed: false,
    discard: DiscardPolicy.New,
    max_msgs: -1,
    max_bytes: -1,
    max_msg_size: 1_032_192,
    ...config,
  };
  return {
    // Only what is judged.
    config: settings as JudgedStream["config"],
    state: { messages: 5, bytes: 5_000, last_ts: "2026-01-01T00:00:00.000000000Z", ...state },
    ...rest,
  };
}

describe("judgeStream", () => {
  it.for<[what: string, stream: JudgedStream]>([
    ["without limits", aStream()],
    ["on one server that knows no clusters", aStream({}, {}, {})],
    ["with a leader", aStream({}, {}, { cluster: { leader: "n1" } })],
    ["with room for one more message", aStream({ max_msgs: 6 })],
    ["with room for an ordinary message", aStream({ max_bytes: 9_096 })],
    ["that takes an ordinary message", aStream({ max_msg_size: 16_384 })],
    ["without a limit of size, said as 0", aStream({ max_msg_size: 0, max_msgs: 0, max_bytes: 0 })],
    ["that is full and drops the oldest", aStream({ discard: DiscardPolicy.Old, max_msgs: 5, max_bytes: 1 })],
    ["that takes more subjects", aStream({ subjects: ["other.>", "mio.inbound.>"] })],
  ])("finds nothing wrong with a stream %s", ([_what, stream]) => {
    expect(judgeStream(stream, wanted)).toBeUndefined();
  });

  it.for<[what: string, stream: JudgedStream, reason: string]>([
    ["sealed", aStream({ sealed: true }), "the stream is sealed"],
    ["silent", aStream({ no_ack: true }), "no_ack is set, so no publish is confirmed"],
    [
      "of other subjects",
      aStream({ subjects: ["mio.inbound.a"] }),
      "the stream no longer takes mio.inbound.>",
    ],
    [
      "for tiny messages",
      aStream({ max_msg_size: 16_383 }),
      "max_msg_size is 16383 bytes, too little for an ordinary message",
    ],
    ["full of messages", aStream({ max_msgs: 5 }), "full: 5 messages (max_msgs)"],
    ["full of bytes", aStream({ max_bytes: 9_095 }), "full: 5000 of 9095 bytes (max_bytes)"],
  ])("says why a stream refuses that is %s", ([_what, stream, reason]) => {
    expect(judgeStream(stream, wanted)).toEqual({ kind: "refuses", reason });
  });

  it.for<[cluster: JudgedStream["cluster"]]>([[{}], [{ leader: "" }]])(
    "misses the leader in %j",
    ([cluster]) => {
      const stream = aStream({ sealed: true }, {}, { ...(cluster && { cluster }) });
      expect(judgeStream(stream, wanted)).toEqual({ kind: "unavailable", reason: "no leader" });
    },
  );
});

describe("storedWithin", () => {
  const at = (ts: string | undefined, last_ts: string) =>
    storedWithin(aStream({}, { last_ts }, ts === undefined ? {} : { ts }), 2_000);

  it("goes by the server's own clock", () => {
    const last = "2026-01-01T00:00:00.000000001Z";
    expect(at("2026-01-01T00:00:01.999000000Z", last)).toBe(true);
    expect(at("2026-01-01T00:00:02.000000000Z", last)).toBe(false);
  });

  it("has no verdict on an empty stream or on a server that reports no time", () => {
    expect(at("2026-01-01T00:00:01Z", "0001-01-01T00:00:00Z")).toBe(false);
    expect(at(undefined, "2026-01-01T00:00:00Z")).toBe(false);
  });
});
