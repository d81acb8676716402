import type { Clock } from "@mio/pacing";
import { startReceiver } from "@mio/simulator-kit/testing";
import { describe, expect, it } from "vitest";
import { startCliqSimulator } from "../src/index.ts";
import { connectApi, fetchToken } from "./helpers.ts";

function handClock(): Clock & { advance(ms: number): void } {
  let now = Date.parse("2026-01-02T03:04:05Z");
  return {
    now: () => new Date(now),
    sleep: async () => undefined,
    advance: (ms) => {
      now += ms;
    },
  };
}

describe("tokens", () => {
  it("issues a token for the refresh token", async () => {
    await using sim = await startCliqSimulator();
    const answer = await fetchToken(sim);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      access_token: expect.stringMatching(/^1000\./),
      expires_in: 3600,
      token_type: "Bearer",
      api_domain: sim.apiBaseUrl,
    });
    expect(sim.counters().token).toBe(1);
  });

  it.each([
    [{ refresh_token: "stolen" }, "invalid_code"],
    [{ client_id: "nobody" }, "invalid_client"],
    [{ client_secret: "guess" }, "invalid_client_secret"],
    [{ grant_type: "password" }, "unsupported_grant_type"],
  ])("rejects %j with 200 and %s, as Zoho does", async (wrong, error) => {
    await using sim = await startCliqSimulator();
    const answer = await fetchToken(sim, wrong);
    expect([answer.status, await answer.json()]).toEqual([200, { error }]);
  });

  it("expires after its lifetime", async () => {
    const clock = handClock();
    await using sim = await startCliqSimulator({ clock, tokenLifetimeSeconds: 60 });
    const api = await connectApi(sim);
    expect((await api.postAsBot({ text: "in time" })).status).toBe(204);
    clock.advance(60_000);
    expect((await api.postAsBot({ text: "too late" })).status).toBe(401);
    expect(sim.visiblePosts()).toHaveLength(1);
  });

  it("can be expired on request", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    sim.expireTokens();
    const answer = await api.postAsBot({ text: "x" });
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: "unauthorized" }]);
  });
});

describe("posting", () => {
  it("posts as the bot and returns the id only for sync_message", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);

    const silent = await api.postAsBot({ text: "one" });
    const withId = await api.postAsBot({ text: "two", sync_message: true });

    expect([silent.status, await silent.text()]).toEqual([204, ""]);
    expect(withId.status).toBe(200);
    const posts = sim.visiblePosts();
    expect(posts.map(({ text, author }) => [text, author.kind])).toEqual([
      ["one", "bot"],
      ["two", "bot"],
    ]);
    expect(await withId.json()).toEqual({ message_id: posts[1]?.id });
    expect(posts[1]?.id).toMatch(/^\d{13}_\d{12}$/);
  });

  it("sends no webhook for posts of the API", async () => {
    await using hook = await startReceiver();
    await using sim = await startCliqSimulator({ webhookUrl: hook.url });
    await (await connectApi(sim)).postAsBot({ text: "one" });
    expect(hook.received).toEqual([]);
  });

  it("posts as the token's user without a bot name", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    await api.call("POST", `/api/v2/chats/${api.chatId()}/message`, {
      text: "x",
      bot: { name: "Decorated" },
    });
    expect(sim.visiblePosts()[0]?.author).toMatchObject({ kind: "api_user", name: "Decorated" });
  });

  it("posts to people as the bot", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const bob = sim.users().find(({ name }) => name.startsWith("Bob"));
    const answer = await api.call("POST", "/api/v2/bots/mio/message", {
      text: "hi",
      userids: bob?.id,
      sync_message: true,
    });
    const [post] = sim.visiblePosts();
    expect(await answer.json()).toEqual({
      user_ids: [bob?.id],
      message_details: { [bob?.id ?? ""]: { chat_id: post?.chatId, message_id: post?.id } },
    });
  });

  it("keeps the token's user out of the bot's direct chats", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const dm = sim.chats().find(({ kind }) => kind === "dm");
    const answer = await api.call("POST", `/api/v2/chats/${dm?.id}/message`, { text: "x" });
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: "chat_not_found" }]);
  });

  it.each([
    ["/api/v2/channelsbyname/nowhere/message", [404, "channel_not_found"], { text: "x" }],
    ["/api/v2/channelsbyname/general/message?bot_unique_name=ghost", [404, "bot_not_found"], { text: "x" }],
    ["/api/v2/chats/CT_0/message", [404, "chat_not_found"], { text: "x" }],
    ["/api/v2/bots/mio/message", [400, "extra_key_found"], { text: "x", chatid: "CT_1" }],
    ["/api/v2/bots/mio/message", [400, "invalid_inputs"], { text: "x", userids: "0" }],
    ["/api/v2/channelsbyname/general/message", [400, "param_missing"], {}],
    ["/api/v2/channelsbyname/general/message", [400, "text_length_exceeded"], { text: "x".repeat(5_001) }],
    [
      "/api/v2/channelsbyname/general/message",
      [400, "invalid_inputs"],
      { text: "x", card: { sections: [] } },
    ],
    ["/api/v2/nothing", [404, "request_url_invalid"], { text: "x" }],
  ] as const)("refuses POST %s with %j", async (path, [status, code], body) => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const answer = await api.call("POST", path, body);
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
    expect(sim.visiblePosts()).toEqual([]);
  });
});

describe("changing posts", () => {
  it("edits with PUT and keeps every version", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    await api.postAsBot({ text: "thinking…" });
    const id = sim.visiblePosts()[0]?.id;
    const answer = await api.call("PUT", `/api/v2/chats/${api.chatId()}/messages/${id}`, { text: "42" });
    expect(answer.status).toBe(204);
    expect(sim.visiblePosts()[0]?.revisions.map(({ text }) => text)).toEqual(["thinking…", "42"]);
  });

  it.each(["PATCH", "POST"])("answers %s with 405", async (method) => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const answer = await api.call(method, `/api/v2/chats/${api.chatId()}/messages/1_2`, { text: "x" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, PUT, DELETE"]);
  });

  it("rejects people's messages, other chats and unknown ids", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const said = await sim.say({ chat: "general", user: "Alice", text: "mine" });
    await api.postAsBot({ text: "bot" });
    const post = sim.visiblePosts()[0]?.id;
    const put = async (chat: string, id: string | undefined) =>
      (await api.call("PUT", `/api/v2/chats/${chat}/messages/${id}`, { text: "x" })).status;
    expect(await put(api.chatId(), said.messageId)).toBe(403);
    expect(await put(api.chatId("support"), post)).toBe(404);
    expect(await put(api.chatId(), "1_2")).toBe(404);
  });

  it("finds a message by any spelling of its id", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const { messageId } = await sim.say({ chat: "general", user: "Alice", text: "x" });
    for (const spelling of [messageId, encodeURIComponent(messageId), messageId.replace("%20", "_")]) {
      expect((await api.call("GET", `/api/v2/chats/${api.chatId()}/messages/${spelling}`)).status).toBe(200);
    }
  });

  it("deletes", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    await api.postAsBot({ text: "x" });
    const path = `/api/v2/chats/${api.chatId()}/messages/${sim.visiblePosts()[0]?.id}`;
    expect((await api.call("DELETE", path)).status).toBe(204);
    expect((await api.call("DELETE", path)).status).toBe(404);
    expect(sim.visiblePosts()).toEqual([]);
  });
});

describe("history", () => {
  it("lists newest first, within times and limit, without deleted messages", async () => {
    const clock = handClock();
    await using sim = await startCliqSimulator({ clock });
    const api = await connectApi(sim);
    for (const text of ["one", "two", "three", "four"]) {
      clock.advance(1_000);
      await sim.say({ chat: "general", user: "Alice", text });
    }
    const [first, second, , fourth] = sim.messages("general");
    await sim.remove(fourth?.id ?? "");
    const list = async (query: string) => {
      const answer = await api.call("GET", `/api/v2/chats/${api.chatId()}/messages${query}`);
      const { data } = JSON.parse(await answer.text());
      return data.map((row: { readonly content: { readonly text: string } }) => row.content.text);
    };
    expect(await list("")).toEqual(["three", "two", "one"]);
    expect(await list("?limit=1")).toEqual(["three"]);
    expect(await list(`?fromtime=${second?.postedAt.getTime()}`)).toEqual(["three", "two"]);
    expect(await list(`?totime=${first?.postedAt.getTime()}`)).toEqual(["one"]);
    expect((await api.call("GET", `/api/v2/chats/${api.chatId()}/messages?limit=101`)).status).toBe(400);
  });
});

describe("files", () => {
  it("returns the bytes for a valid token and the login page otherwise", async () => {
    await using sim = await startCliqSimulator();
    const api = await connectApi(sim);
    const bytes = Uint8Array.from([0, 1, 2, 255]);
    const said = await sim.postFile({
      chat: "general",
      user: "Alice",
      name: "ü.bin",
      mime: "image/png",
      bytes,
    });
    const url: string = JSON.parse(said.rawBody ?? "").data.message.file.url;

    const good = await api.call("GET", url);
    const stranger = await fetch(url);

    expect(good.headers.get("content-type")).toBe("image/png");
    expect(new Uint8Array(await good.arrayBuffer())).toEqual(bytes);
    expect([stranger.status, stranger.headers.get("content-type")]).toEqual([200, "text/html;charset=UTF-8"]);
    expect((await api.call("GET", url.replace(/attachments\/\w+/, "attachments/none"))).status).toBe(404);
  });
});
