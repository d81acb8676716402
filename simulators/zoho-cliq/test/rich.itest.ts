import { describe, expect, it } from "vitest";
import { type CliqSimulator, startCliqSimulator } from "../src/index.ts";
import { connectApi } from "./helpers.ts";

async function said(sim: CliqSimulator) {
  const api = await connectApi(sim);
  const { messageId } = await sim.say({ chat: "general", user: "Ada", text: "hello" });
  const root = sim.messages("general").at(-1)?.restId ?? "";
  return { api, messageId, root, path: `/api/v2/chats/${api.chatId()}/messages/${root}` };
}

function upload(sim: CliqSimulator, path: string, form: FormData, authorization: string): Promise<Response> {
  return fetch(new URL(`/api/v2/${path}`, sim.apiBaseUrl), {
    method: "POST",
    headers: { authorization },
    body: form,
  });
}

async function authorizationOf(sim: CliqSimulator): Promise<string> {
  const { clientId, clientSecret, refreshToken } = sim.oauth;
  const form = {
    grant_type: "refresh_token",
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  };
  const answer: unknown = await (
    await fetch(sim.oauthUrl, { method: "POST", body: new URLSearchParams(form) })
  ).json();
  if (typeof answer !== "object" || answer === null || !("access_token" in answer))
    throw new Error("no token");
  return `Zoho-oauthtoken ${answer.access_token}`;
}

describe("reactions", () => {
  it("are added once and removed, and the page shows them", async () => {
    await using sim = await startCliqSimulator();
    const { api, path } = await said(sim);
    for (const emoji_code of ["👍", "👍", ":smile:"]) {
      expect((await api.call("POST", `${path}/reactions`, { emoji_code })).status).toBe(204);
    }
    expect(await (await api.call("GET", `${path}/reactions`)).json()).toEqual({
      data: { "👍": ["137000001"], ":smile:": ["137000001"] },
    });
    expect((await api.call("DELETE", `${path}/reactions`, { emoji_code: ":smile:" })).status).toBe(204);
    expect(sim.messages("general").at(-1)?.reactions).toEqual({ "👍": ["137000001"] });
    expect(await (await fetch(sim.url)).text()).toContain("👍 1");
  });

  it.each([{ emoji_code: "thumbsup" }, { emoji_code: "" }, {}, { emoji_code: "👍", more: 1 }])(
    "of %j are refused",
    async (body) => {
      await using sim = await startCliqSimulator();
      const { api, path } = await said(sim);
      expect((await api.call("POST", `${path}/reactions`, body)).status).toBe(400);
    },
  );
});

describe("replies and threads", () => {
  it("quote an existing message", async () => {
    await using sim = await startCliqSimulator();
    const { api, root } = await said(sim);
    expect((await api.postAsBot({ text: "yes", reply_to: root })).status).toBe(204);
    expect(sim.visiblePosts()[0]?.replyToId).toBe(root);
    expect((await api.postAsBot({ text: "no", reply_to: "1_2" })).status).toBe(404);
  });

  it("open a thread chat in which people answer", async () => {
    await using sim = await startCliqSimulator();
    const { api, root } = await said(sim);
    for (const text of ["one", "two"]) {
      expect((await api.postAsBot({ text, thread_message_id: root })).status).toBe(204);
    }
    const [thread, ...others] = sim.chats().filter(({ kind }) => kind === "thread");
    expect(others).toEqual([]);
    expect(thread?.id).toMatch(/^CT_\d+_\d+-T-\d+$/);
    expect(sim.messages(thread?.id ?? "").map(({ text }) => text)).toEqual(["one", "two"]);
    const path = `/api/v2/chats/${thread?.id}/message?bot_unique_name=mio`;
    expect((await api.call("POST", path, { text: "three" })).status).toBe(204);
    await sim.say({ chat: thread?.id ?? "", user: "Bob", text: "four" });
    expect(sim.messages(thread?.id ?? "")).toHaveLength(4);
    expect((await api.postAsBot({ text: "x", thread_message_id: "1_2" })).status).toBe(400);
  });
});

describe("cards", () => {
  const rich = {
    card: { title: "Deploy <b>", theme: "modern-inline" },
    slides: [{ type: "table", title: "Who", data: { headers: ["Name"], rows: [{ Name: "Ada" }] } }],
    buttons: [{ label: "Stop", type: "-", action: { type: "copy", data: { text: "c" } } }],
  };

  it("are shown when the user posts them, and reduced to text when the bot does", async () => {
    await using sim = await startCliqSimulator();
    const { api } = await said(sim);
    await api.call("POST", `/api/v2/chats/${api.chatId()}/message`, { text: "x", ...rich });
    await api.postAsBot({ text: "y", ...rich });
    expect(sim.visiblePosts().map((post) => Object.keys(post.rich))).toEqual([
      ["card", "slides", "buttons"],
      [],
    ]);
    const page = await (await fetch(sim.url)).text();
    expect(page).toContain("Deploy &lt;b&gt;");
    expect(page).toContain("<td>Ada</td>");
    expect(page.match(/class="card"/g)).toHaveLength(1);
  });
});

describe("uploads", () => {
  const formOf = (count: number, fields: Record<string, string> = {}): FormData => {
    const form = new FormData();
    for (let at = 0; at < count; at += 1) form.append("file", new Blob([`data ${at}`]), `f${at}.txt`);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return form;
  };

  it("become one message each, byte for byte, as the bot or the user", async () => {
    await using sim = await startCliqSimulator();
    const token = await authorizationOf(sim);
    const comments = JSON.stringify(["first"]);
    const asBot = "channelsbyname/general/files?bot_unique_name=mio";
    expect((await upload(sim, asBot, formOf(2, { comments }), token)).status).toBe(204);
    const posts = sim.visiblePosts();
    expect(posts.map(({ text, file, author }) => [text, file?.name, author.kind])).toEqual([
      ["first", "f0.txt", "bot"],
      ["", "f1.txt", "bot"],
    ]);
    const headers = { authorization: token };
    const kept = await fetch(`${sim.apiBaseUrl}/api/v2/files/${posts[1]?.file?.token}`, { headers });
    expect(await kept.text()).toBe("data 1");
    expect(sim.counters().upload).toBe(1);
  });

  it("are sent to a person as the bot", async () => {
    await using sim = await startCliqSimulator();
    const token = await authorizationOf(sim);
    await sim.sayDm({ user: "Ada", text: "psst" });
    const user_id = sim.users().find(({ name }) => name === "Ada")?.id ?? "";
    expect((await upload(sim, "bots/mio/files", formOf(1, { user_id }), token)).status).toBe(204);
    expect((await upload(sim, "bots/mio/files", formOf(1), token)).status).toBe(400);
    expect(sim.visiblePosts()).toMatchObject([{ file: { name: "f0.txt" }, author: { kind: "bot" } }]);
  });

  it.each([
    ["no file", formOf(0, { comments: "[]" }), 400],
    ["eleven files", formOf(11), 400],
    ["comments that are no list", formOf(1, { comments: "x" }), 400],
  ])("of %s are rejected", async (_, form, status) => {
    await using sim = await startCliqSimulator();
    const token = await authorizationOf(sim);
    expect((await upload(sim, "channelsbyname/general/files", form, token)).status).toBe(status);
    expect(sim.visiblePosts()).toEqual([]);
  });
});
