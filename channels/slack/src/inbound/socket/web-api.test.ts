import type { HttpFailure } from "@mio/channel-kit";
import { type ScriptedAnswer, type ScriptedHttp, scriptedHttp } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { createSocketApi, type SocketApi } from "./web-api.ts";

const { signal } = new AbortController();
const address = "wss://wss-primary.slack.com/link/?ticket=t&app_id=a";

function apiOf(http: ScriptedHttp, baseUrl = "https://slack.com/api/"): SocketApi {
  return createSocketApi({ http, baseUrl: new URL(baseUrl), now: () => new Date(0) });
}

function json(value: object, more: Partial<ScriptedAnswer> = {}): ScriptedAnswer {
  return { status: 200, text: JSON.stringify(value), ...more };
}

function open(step: ScriptedAnswer | HttpFailure, baseUrl?: string): ReturnType<SocketApi["openConnection"]> {
  return apiOf(scriptedHttp(step), baseUrl).openConnection("xapp-1", signal);
}

it("sends the token in a header only", async () => {
  const http = scriptedHttp(json({ ok: true, url: address }));
  expect(await apiOf(http).openConnection("xapp-1", signal)).toEqual({ kind: "ok", value: new URL(address) });
  expect(http.requests).toMatchObject([{ method: "POST", headers: { authorization: "Bearer xapp-1" } }]);
  expect(http.requests[0]?.url.href).toBe("https://slack.com/api/apps.connections.open");
  expect(http.requests[0]?.body).toBeUndefined();
});

it("requests our own ids", async () => {
  const answer = { ok: true, team_id: "T1", enterprise_id: null, user_id: "U1", bot_id: "B1", url: "x" };
  expect(await apiOf(scriptedHttp(json(answer))).whoAmI("xoxb-1", signal)).toEqual({
    kind: "ok",
    value: { teamId: "T1", enterpriseId: "", userId: "U1", botId: "B1" },
  });
});

describe("an address", () => {
  it.each(["ws://wss.slack.com/", "https://wss.slack.com/", "nonsense", ""])(
    "%j is not connected to",
    async (url) => {
      expect(await open(json({ ok: true, url }))).toMatchObject({ kind: "failed" });
    },
  );

  it("may be unencrypted where the API is, as a simulator's", async () => {
    const url = "ws://127.0.0.1:9/link";
    expect(await open(json({ ok: true, url }), "http://127.0.0.1:9/api/")).toMatchObject({ kind: "ok" });
  });
});

describe("a refusal", () => {
  it.each(["invalid_auth", "not_allowed_token_type", "missing_scope"])("%s needs a person", async (error) => {
    expect(await open(json({ ok: false, error }))).toEqual({ kind: "refused", reason: error });
  });

  it("may be a status alone", async () => {
    expect(await open({ status: 401 })).toEqual({ kind: "refused", reason: "invalid_auth" });
  });

  it("that is temporary has the delay that Slack asks for", async () => {
    const limited = json(
      { ok: false, error: "ratelimited" },
      { status: 429, headers: { "retry-after": "30" } },
    );
    expect(await open(limited)).toMatchObject({ kind: "failed", retryAfterMs: 30_000 });
  });
});

describe("no useful answer", () => {
  it.each<[string, ScriptedAnswer | HttpFailure]>([
    ["a breakdown", { status: 503, text: "<html>" }],
    ["an error of Slack's", json({ ok: false, error: "internal_error" })],
    ["something else", { status: 200, text: "[]" }],
    ["no text", { status: 200 }],
    ["no connection", { kind: "unsent", reason: "network", networkCode: "ECONNREFUSED" }],
    ["silence", { kind: "unanswered", reason: "timeout", networkCode: "TIMEOUT" }],
  ])("%s is tried again", async (_, step) => {
    expect(await open(step)).toMatchObject({
      kind: "failed",
      error: { code: "socket.unavailable", retry: "soon" },
    });
  });

  it("is not quoted", async () => {
    const quoted = await open(json({ ok: false, error: "you sent Bearer xapp-1" }, { status: 500 }));
    expect(
      JSON.stringify(quoted.kind === "failed" && [quoted.error.message, quoted.error.details]),
    ).not.toContain("xapp");
  });
});
