import type { HttpAnswer, HttpFailure } from "@mio/channel-kit";
import { describe, expect, it } from "vitest";
import { toDeliveryError } from "./failure.ts";

const now = new Date("2026-05-03T10:00:00Z");

function answer(status: number, text = "", headers: Record<string, string> = {}): HttpAnswer {
  return { kind: "answer", status, headers: new Headers(headers), text, truncated: false };
}

function classify(outcome: HttpAnswer | HttpFailure, repeatable = false): readonly unknown[] {
  const { kind, reason, retry } = toDeliveryError(outcome, { now, repeatable });
  return [kind, reason, retry];
}

const throttled = '{"code":"x","message":"You have exceeded the URL throttle limits."}';

describe("toDeliveryError", () => {
  it.each<[string, HttpAnswer, readonly unknown[]]>([
    ["429", answer(429, "", { "retry-after": "7" }), ["throttled", "throttled", { afterMs: 7_000 }]],
    ["429 without a time", answer(429), ["throttled", "throttled", "soon"]],
    ["Cliq's throttle", answer(400, throttled), ["throttled", "throttled", "soon"]],
    [
      "Cliq's throttle with a time",
      answer(400, throttled, { "retry-after": "1" }),
      ["throttled", "throttled", { afterMs: 1_000 }],
    ],
    ["400", answer(400, '{"code":"extra_key_found"}'), ["permanent", "bad_request", "never"]],
    ["400 that is not JSON", answer(400, "<html>"), ["permanent", "bad_request", "never"]],
    ["400 about the length", answer(400, '{"code":"text_too_long"}'), ["permanent", "too_long", "never"]],
    ["401", answer(401), ["permanent", "auth", "never"]],
    ["403", answer(403), ["permanent", "forbidden", "never"]],
    ["404", answer(404), ["permanent", "not_found", "never"]],
    ["409", answer(409), ["permanent", "bad_request", "never"]],
    ["413", answer(413), ["permanent", "too_long", "never"]],
    ["a redirect", answer(302, "", { location: "https://elsewhere" }), ["permanent", "bad_request", "never"]],
    ["408", answer(408), ["transient", "platform_down", "soon"]],
    ["503", answer(503), ["transient", "platform_down", "soon"]],
    [
      "503 with a time",
      answer(503, "", { "retry-after": "3" }),
      ["transient", "platform_down", { afterMs: 3_000 }],
    ],
    ["500, after which a message may be there", answer(500), ["unknown", "platform_down", "soon"]],
    ["502, after which a message may be there", answer(502), ["unknown", "platform_down", "soon"]],
    ["504, after which a message may be there", answer(504), ["unknown", "platform_down", "soon"]],
  ])("takes %s", (_, outcome, expected) => {
    expect(classify(outcome)).toEqual(expected);
  });

  it("reports an unsent call as not done, and the others as unknown", () => {
    expect(classify({ kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" })).toEqual([
      "transient",
      "network",
      "soon",
    ]);
    expect(classify({ kind: "unanswered", reason: "network", networkCode: "ECONNRESET" })).toEqual([
      "unknown",
      "network",
      "soon",
    ]);
    expect(classify({ kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" })).toEqual([
      "unknown",
      "timeout",
      "soon",
    ]);
    expect(classify({ kind: "unanswered", reason: "aborted", networkCode: "ABORT_ERR" })).toEqual([
      "unknown",
      "timeout",
      "soon",
    ]);
  });

  it("retries an edit of any fate", () => {
    expect(classify(answer(502), true)[0]).toBe("transient");
    expect(classify({ kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" }, true)[0]).toBe(
      "transient",
    );
  });

  it.each([
    [403, "message_delete_timeout", "closed"],
    [403, "message_edit_timeout", "closed"],
    [400, "edit_time_expired", "closed"],
    [403, "access_denied", "closed"],
    [403, "", "forbidden"],
    [404, "message_not_found", "not_found"],
    [404, "", "not_found"],
    [404, "chat_not_found", "forbidden"],
    [404, "channel_not_found", "forbidden"],
  ])("maps %i %j of a change to %s", (status, code, reason) => {
    const refusal = answer(status, JSON.stringify({ code }));
    const error = toDeliveryError(refusal, { now, repeatable: true, isChange: true });
    expect(error).toMatchObject({ kind: "permanent", reason });
    const post = toDeliveryError(refusal, { now, repeatable: false });
    expect(post.reason, "of a post").toBe(
      status === 404 ? "not_found" : status === 403 ? "forbidden" : "bad_request",
    );
  });

  it("contains Cliq's code, never its text, which may quote the message", () => {
    const error = toDeliveryError(answer(400, '{"code":"bad_key","message":"s3cret text"}'), {
      now,
      repeatable: false,
    });
    expect(error.details).toEqual({ reason: "bad_request", status: 400, platformCode: "bad_key" });
    const odd = toDeliveryError(answer(400, '{"code":"s3cret text!"}'), { now, repeatable: false });
    expect(JSON.stringify([error, odd, error.message, odd.message])).not.toContain("s3cret");
  });
});
