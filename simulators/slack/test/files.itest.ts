import { describe, expect, it } from "vitest";
import { type SlackSimulator, startSlackSimulator } from "../src/index.ts";
import { callSlack, type Json } from "./helpers.ts";

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const object = (value: unknown): Json => ({ ...(typeof value === "object" ? value : {}) });

async function sharedUrl(sim: SlackSimulator): Promise<string> {
  const bytes = new TextEncoder().encode("hello");
  const said = await sim.postFile({
    channel: "general",
    user: "Alice",
    name: "a.txt",
    mime: "text/plain",
    bytes,
  });
  const { event } = JSON.parse(said.rawBodies[0] ?? "{}");
  return event.files[0].url_private_download;
}

async function upload(
  sim: SlackSimulator,
  body: Uint8Array<ArrayBuffer> | FormData | string,
  length: number,
  name = "chart.png",
) {
  const ticket = await callSlack(sim, "files.getUploadURLExternal", { filename: name, length });
  const response = await fetch(String(ticket["upload_url"]), { method: "POST", body });
  return { id: String(ticket["file_id"]), status: response.status, text: await response.text() };
}

describe("downloads", () => {
  it("need a token of the workspace; other requests get the login page", async () => {
    await using sim = await startSlackSimulator();
    const url = await sharedUrl(sim);
    const good = await fetch(url, bearer(sim.botToken));
    expect([good.status, good.headers.get("content-type"), await good.text()]).toEqual([
      200,
      "text/plain",
      "hello",
    ]);
    const strangers = [
      {},
      bearer("xoxb-nobody"),
      bearer(sim.appToken),
      bearer(sim.addWorkspace("Other").botToken),
    ];
    for (const stranger of strangers) {
      const answer = await fetch(url, stranger);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(await answer.text()).toContain("Sign in");
    }
    expect(sim.counters()).toEqual({ download: 5 });
  });

  it("show the login page for a valid token under `login_page`", async () => {
    await using sim = await startSlackSimulator();
    const url = await sharedUrl(sim);
    sim.faults.set("login_page", { times: 1 });
    expect(await (await fetch(url, bearer(sim.botToken))).text()).toContain("Sign in");
    expect(await (await fetch(url, bearer(sim.botToken))).text()).toBe("hello");
  });
});

describe("uploads", () => {
  it("take three steps and end in one message", async () => {
    await using sim = await startSlackSimulator();
    const root = await sim.say({ channel: "general", user: "Alice", text: "chart?" });
    const one = await upload(sim, new Uint8Array(4), 4);
    const form = new FormData();
    form.set("filename", new Blob(["a,b"], { type: "text/csv" }), "x.csv");
    const two = await upload(sim, form, 3, "data.csv");
    expect([one.status, one.text, two.status]).toEqual([200, "OK - 4", 200]);
    const done = await callSlack(sim, "files.completeUploadExternal", {
      files: [{ id: one.id, title: "Chart" }, { id: two.id }],
      channel_id: root.channel,
      thread_ts: root.ts,
      initial_comment: "here",
    });
    expect(done).toMatchObject({ ok: true, files: [{ id: one.id, title: "Chart" }, { id: two.id }] });
    const [shared] = sim.visiblePosts();
    expect(shared).toMatchObject({
      subtype: "file_share",
      text: "here",
      threadTs: root.ts,
      files: [
        { title: "Chart", mime: "image/png", size: 4 },
        { name: "data.csv", mime: "text/csv", size: 3 },
      ],
    });
    const { file } = await callSlack(sim, "files.info", { file: one.id });
    expect(object(file)["shares"]).toMatchObject({
      public: { [root.channel]: [{ ts: shared?.ts, thread_ts: root.ts }] },
    });
  });

  it("stay private without a channel", async () => {
    await using sim = await startSlackSimulator();
    const { id } = await upload(sim, new Uint8Array(4), 4);
    expect(await callSlack(sim, "files.completeUploadExternal", { files: [{ id }] })).toMatchObject({
      ok: true,
    });
    expect(sim.visiblePosts()).toEqual([]);
  });

  it("reject files that were not announced", async () => {
    await using sim = await startSlackSimulator();
    expect((await upload(sim, new Uint8Array(5), 4)).status).toBe(400);
    const { origin } = new URL(sim.apiBaseUrl);
    const orphan = await fetch(`${origin}/upload/v1/${sim.team.id}/x`, { method: "POST", body: "x" });
    expect(orphan.status).toBe(404);
    const complete = (args: Json) => callSlack(sim, "files.completeUploadExternal", args);
    expect(await complete({ files: [{ id: "F404" }] })).toMatchObject({ error: "file_not_found" });
    expect(await complete({ files: [] })).toMatchObject({ error: "invalid_arguments" });
    expect(await callSlack(sim, "files.getUploadURLExternal", { filename: "x", length: 0 })).toMatchObject({
      error: "invalid_arguments",
    });
  });
});
