import { DeliveryError, type HttpAnswer } from "@mio/channel-kit";
import { describe, expect, it } from "vitest";
import { answered, refused } from "../../test/scripted-slack.ts";
import { platformCodeOf, toDeliveryError } from "./failure.ts";

const now = new Date("2026-05-03T10:00:00Z");
const once = { now, repeatable: false };
const again = { now, repeatable: true };

describe("Slack's words", () => {
  it.each([
    ["invalid_auth", "auth"],
    ["token_revoked", "auth"],
    ["account_inactive", "auth"],
    ["not_authed", "auth"],
    ["team_not_found", "auth"],
    ["missing_scope", "auth"],
    ["channel_not_found", "not_found"],
    ["message_not_found", "not_found"],
    ["thread_not_found", "not_found"],
    ["user_not_in_channel", "not_found"],
    ["not_in_channel", "forbidden"],
    ["is_archived", "forbidden"],
    ["restricted_action", "forbidden"],
    ["cant_update_message", "closed"],
    ["cant_delete_message", "closed"],
    ["edit_window_closed", "closed"],
    ["compliance_exports_prevent_deletion", "closed"],
    ["ekm_access_denied", "forbidden"],
    ["msg_too_long", "too_long"],
    ["msg_blocks_too_long", "too_long"],
    ["file_upload_size_restricted", "too_long"],
    ["no_text", "invalid"],
    ["invalid_name", "invalid"],
    ["method_deprecated", "unsupported"],
    ["invalid_blocks", "bad_request"],
    ["a_word_of_tomorrow", "bad_request"],
  ])("%s is for good: %s", (word, reason) => {
    for (const context of [once, again]) {
      expect(toDeliveryError(answered(refused(word)), context)).toMatchObject({
        kind: "permanent",
        reason,
        retry: "never",
        details: { platformCode: word },
      });
    }
  });

  it.each(["ratelimited", "rate_limited"])("%s asks for patience, with and without a delay", (word) => {
    const error = toDeliveryError(answered(refused(word)), once);
    expect(error).toMatchObject({ kind: "throttled", reason: "throttled", retry: "soon" });
    const answer = answered(refused(word), 200, { "retry-after": "7" });
    expect(toDeliveryError(answer, once)).toMatchObject({ retry: { afterMs: 7_000 } });
  });

  it.each(["service_unavailable", "team_added_to_org", "request_timeout"])("%s was not done", (word) => {
    expect(toDeliveryError(answered(refused(word)), once)).toMatchObject({
      kind: "transient",
      reason: "platform_down",
    });
  });

  it.each(["internal_error", "fatal_error"])("%s may have been done", (word) => {
    expect(toDeliveryError(answered(refused(word)), once)).toMatchObject({
      kind: "unknown",
      reason: "platform_down",
    });
    expect(toDeliveryError(answered(refused(word)), again)).toMatchObject({ kind: "transient" });
  });

  it.each(["channel_not_found", "invalid_channel", "user_not_in_channel"])(
    "%s is not said of the message that was to be changed",
    (word) => {
      const change = { now, repeatable: true, isChange: true };
      expect(toDeliveryError(answered(refused(word)), change)).toMatchObject({ reason: "forbidden" });
      expect(toDeliveryError(answered({}, 404), change)).toMatchObject({ reason: "bad_request" });
      const gone = toDeliveryError(answered(refused("message_not_found")), change);
      expect(gone).toMatchObject({ reason: "not_found" });
    },
  );

  it("name the scope that is missing", () => {
    const error = toDeliveryError(answered(refused("missing_scope", { needed: "reactions:write" })), once);
    expect(error.message).toContain("reactions:write");
    const rude = toDeliveryError(answered(refused("missing_scope", { needed: "<script> xoxb-1" })), once);
    expect(rude.message).not.toContain("xoxb");
  });

  it("are not taken from free text", () => {
    const error = toDeliveryError(answered(refused("Bearer xoxb-1 said: hello")), once);
    expect(platformCodeOf(error)).toBeUndefined();
    expect(error.kind).toBe("unknown");
  });
});

describe("statuses", () => {
  it.each([
    [429, "throttled", "throttled"],
    [500, "unknown", "platform_down"],
    [502, "unknown", "platform_down"],
    [503, "unknown", "platform_down"],
    [408, "unknown", "platform_down"],
    [301, "permanent", "bad_request"],
    [400, "permanent", "bad_request"],
    [401, "permanent", "auth"],
    [403, "permanent", "forbidden"],
    [404, "permanent", "not_found"],
    [413, "permanent", "too_long"],
  ])("%i is %s", (status, kind, reason) => {
    expect(toDeliveryError(answered({}, status), once)).toMatchObject({ kind, reason });
  });

  it("429 waits as long as it asks", () => {
    expect(toDeliveryError(answered({}, 429, { "retry-after": "30" }), once)).toMatchObject({
      retry: { afterMs: 30_000 },
    });
    expect(toDeliveryError(answered({}, 429, { "retry-after": "soon" }), once)).toMatchObject({
      retry: "soon",
    });
  });

  it.each<[string, Partial<HttpAnswer>]>([
    ["cut", { truncated: true }],
    ["no JSON", { text: "<html>" }],
    ["no object", { text: "[]" }],
    ["without a word", { text: '{"ok":false}' }],
  ])("200 with an answer that is %s says nothing about the post", (_, given) => {
    const answer = { ...answered(refused("no_text")), ...given };
    expect(toDeliveryError(answer, once)).toMatchObject({ kind: "unknown" });
    expect(toDeliveryError(answer, again)).toMatchObject({ kind: "transient" });
  });
});

describe("silence", () => {
  it("before the request left was not done", () => {
    const failure = { kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" } as const;
    expect(toDeliveryError(failure, once)).toMatchObject({ kind: "transient", reason: "network" });
  });

  it("after it left may have been done", () => {
    const failure = { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" } as const;
    expect(toDeliveryError(failure, once)).toMatchObject({ kind: "unknown", reason: "timeout" });
    expect(toDeliveryError(failure, again)).toMatchObject({ kind: "transient", reason: "timeout" });
    const broken = { kind: "unanswered", reason: "network", networkCode: "ECONNRESET" } as const;
    expect(toDeliveryError(broken, once)).toBeInstanceOf(DeliveryError);
    expect(toDeliveryError(broken, once)).toMatchObject({ kind: "unknown", reason: "network" });
  });
});
