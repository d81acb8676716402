import { setTimeout as sleep } from "node:timers/promises";
import { connect, type IncomingMessage, type Mio } from "@mio/sdk";
import { createLogger } from "@mio/service-kit";
import { eventually } from "@mio/testkit";
import { expect, inject, test } from "vitest";
import { type Fleet, startFleet } from "../src/index.ts";

const start = (env: Readonly<Record<string, string>> = {}): Promise<Fleet> =>
  startFleet({
    storage: { kind: "memory" },
    natsBinary: inject("mioNatsServer"),
    env: { PATH: process.env["PATH"], MIO_POSTGRES_BIN: process.env["MIO_POSTGRES_BIN"], ...env },
    ports: { gateway: 0, workbench: 0, cliq: 0, slack: 0, ops: 0, nats: 0 },
    loggerOf: (service) => createLogger({ service, level: "silent" }),
    echo: false,
    thinkMs: 0,
  });

const words: readonly string[] = Array.from({ length: 40 }, (_, index) => `word${index} `);
const whole = words.join("").trimEnd();

async function* slowly(texts: readonly string[]): AsyncGenerator<string, void, undefined> {
  for (const text of texts) {
    await sleep(10);
    yield text;
  }
}

/** After each ten words, waits until the platform shows them. */
async function* asSeen(
  texts: readonly string[],
  shown: () => string | undefined,
): AsyncGenerator<string, void, undefined> {
  for (const [index, text] of texts.entries()) {
    yield text;
    if (index % 10 === 9) await eventually(() => shown()?.includes(text.trim()) === true);
  }
}

async function firstMessage(mio: Mio): Promise<IncomingMessage> {
  for await (const message of mio.messages({ durable: "streamer" })) return message;
  throw new Error("no message arrived");
}

test("a growing answer ends as the whole text in Cliq", async () => {
  await using fleet = await start();
  await using mio = await connect({ servers: fleet.urls.nats });
  await fleet.cliq.say({ chat: "general", user: "Ana", text: "tell me" });
  const message = await firstMessage(mio);
  const growing = asSeen([...words.slice(0, -1), "word39"], () => fleet.cliq.visiblePosts()[0]?.text);
  const { text } = await message.stream(growing, { everyMs: 50, confirm: true });
  expect(text).toBe(whole);
  const [post, ...others] = fleet.cliq.visiblePosts();
  expect(others).toEqual([]);
  expect(post?.text).toBe(whole);
  expect(post?.revisions.length).toBeGreaterThanOrEqual(4);
});

test("a long answer continues in further messages that together are the whole text", async () => {
  await using fleet = await start();
  await using mio = await connect({ servers: fleet.urls.nats });
  await fleet.cliq.say({ chat: "general", user: "Ana", text: "tell me more" });
  const message = await firstMessage(mio);
  const options = { everyMs: 50, maxChars: 100, confirm: true };
  const { text, sent } = await message.stream(slowly(words), options);
  const shown = fleet.cliq.visiblePosts().map((post) => post.text);
  expect(shown).toHaveLength(sent.length);
  expect(sent.length).toBeGreaterThan(2);
  expect(shown.every((part) => part.length <= 100)).toBe(true);
  // Platforms trim messages.
  expect(shown.join(" ").replaceAll(/\s+/g, " ").trim()).toBe(text.replaceAll(/\s+/g, " ").trim());
});

test("a growing answer in a thread is streamed in Slack and ends as the whole text", async () => {
  await using fleet = await start();
  await using mio = await connect({ servers: fleet.urls.nats });
  const { slack } = fleet;
  await slack.waitFor((event) => event.type === "socket.opened", { timeoutMs: 40_000 });
  await slack.say({ channel: "general", user: "Ana", text: "tell me" });
  const message = await firstMessage(mio);
  await message.stream(slowly(words.slice(0, 20)), { startThread: true, everyMs: 50, confirm: true });
  const [post, ...others] = slack.visiblePosts();
  expect(others).toEqual([]);
  expect(post?.text.trim()).toBe(words.slice(0, 20).join("").trim());
  const methods = new Set(slack.calls().map(({ method }) => method));
  expect(methods).toContain("chat.startStream");
  expect(methods).toContain("chat.stopStream");
});
