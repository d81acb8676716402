import { inspect } from "node:util";
import { type CredentialHealth, createLocalVault, type TokenSource } from "@mio/channel-kit";
import { accountUnderTest } from "@mio/channel-kit/contract";
import { describe, expect, it } from "vitest";
import { answered, refused, type ScriptedSlack, scriptedSlack, silence } from "../../test/scripted-slack.ts";

const { signal } = new AbortController();

function say({ client }: ScriptedSlack, text = "hello") {
  return client.call({
    method: "chat.postMessage",
    args: { channel: "C1", text },
    signal,
    repeatable: false,
  });
}

describe("a call", () => {
  it("gives Slack's answer", async () => {
    const slack = scriptedSlack();
    expect(await say(slack)).toMatchObject({ ok: true, channel: "C1", ts: "1.1" });
    expect(slack.calls).toEqual([{ method: "chat.postMessage", fields: { channel: "C1", text: "hello" } }]);
  });

  it("sends lists as JSON, numbers and flags as words, and no absent value", async () => {
    const slack = scriptedSlack();
    const args = { channel: "C1", ts: "1.1", limit: 1, inclusive: true };
    const calling = { signal, repeatable: true };
    await slack.client.call({ method: "conversations.replies", args, ...calling });
    const blocks = [{ type: "divider" as const }];
    await slack.client.call({
      method: "chat.update",
      args: { channel: "C1", ts: "1.1", blocks },
      ...calling,
    });
    expect(slack.calls.map(({ fields }) => fields)).toEqual([
      { channel: "C1", ts: "1.1", limit: "1", inclusive: "true" },
      { channel: "C1", ts: "1.1", blocks: '[{"type":"divider"}]' },
    ]);
  });

  it("gives the scopes of the token, which Slack names in a header", async () => {
    const slack = scriptedSlack({
      "auth.test": answered({ ok: true }, 200, { "x-oauth-scopes": "a, b ,c" }),
    });
    const answer = await slack.client.call({ method: "auth.test", args: {}, signal, repeatable: true });
    expect(answer.response_metadata?.scopes).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["a refusal", refused("not_in_channel"), { kind: "permanent", reason: "forbidden" }],
    [
      "too many calls",
      answered({}, 429, { "retry-after": "3" }),
      { kind: "throttled", retry: { afterMs: 3_000 } },
    ],
    ["too many calls without a delay", answered({}, 429), { kind: "throttled" }],
    ["a crash", answered({}, 500), { kind: "unknown", reason: "platform_down" }],
    ["silence", silence, { kind: "unknown", reason: "timeout" }],
    ["no sense", { ...answered({}), text: "<html>" }, { kind: "unknown" }],
  ])("that ends in %s is made once and reports its fate", async (_, answer, error) => {
    const slack = scriptedSlack({ "chat.postMessage": answer });
    await expect(say(slack)).rejects.toMatchObject(error);
    expect(slack.calls).toHaveLength(1);
  });

  it("puts neither token nor text into an error, even when Slack quotes them", async () => {
    const quoting = answered({ ok: false, error: "xoxb-secret private", message: "xoxb-secret" }, 500);
    for (const answer of [quoting, answered(refused("xoxb-secret private")), silence]) {
      const slack = scriptedSlack({ "chat.postMessage": answer });
      const error: unknown = await say(slack, "private").catch((thrown: unknown) => thrown);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/xoxb|private/);
    }
  });
});

describe("a refused token", () => {
  const renewing = (): TokenSource & { readonly asked: string[] } => {
    const asked: string[] = [];
    return {
      asked,
      get: () => Promise.resolve(`t${asked.length}`),
      invalidate: (token) => asked.push(token) > 0,
    };
  };
  const refuseOnce = (word: string) => {
    let calls = 0;
    return () => {
      calls += 1;
      return calls === 1 ? refused(word) : { ok: true, channel: "C1", ts: "1.1" };
    };
  };

  it.each(["token_expired", "invalid_auth", "token_revoked"])("with %s is replaced once", async (word) => {
    const tokens = renewing();
    const slack = scriptedSlack({ "chat.postMessage": refuseOnce(word) }, { tokens });
    expect(await say(slack)).toMatchObject({ ok: true });
    expect(tokens.asked).toEqual(["t0"]);
  });

  it("is an error when the next one is refused too", async () => {
    const slack = scriptedSlack({ "chat.postMessage": refused("token_expired") }, { tokens: renewing() });
    await expect(say(slack)).rejects.toMatchObject({ kind: "permanent", reason: "auth" });
    expect(slack.calls).toHaveLength(2);
  });

  it("is not replaced when it only lacks a scope", async () => {
    const tokens = renewing();
    const slack = scriptedSlack({ "chat.postMessage": refused("missing_scope") }, { tokens });
    await expect(say(slack)).rejects.toMatchObject({ reason: "auth" });
    expect(tokens.asked).toEqual([]);
  });

  it("is reported, and so is its recovery", async () => {
    const reports: CredentialHealth[] = [];
    const vault = {
      ...createLocalVault(),
      report: (health: CredentialHealth) => {
        reports.push(health);
        return Promise.reject(new Error("database away"));
      },
    };
    let word = "account_inactive";
    const script = { "chat.postMessage": () => (word === "" ? { ok: true } : refused(word)) };
    const slack = scriptedSlack(script, { account: accountUnderTest({ vault }) });
    await expect(say(slack)).rejects.toMatchObject({ reason: "auth" });
    word = "missing_scope";
    await expect(say(slack)).rejects.toMatchObject({ reason: "auth" });
    word = "";
    await say(slack);
    await say(slack);
    expect(reports).toEqual([{ state: "reauth_required", reason: "account_inactive" }, { state: "ok" }]);
  });
});
