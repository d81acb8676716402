import process from "node:process";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { atPace } from "../pace.ts";
import { countConnections } from "./count-connections.ts";
import type { PlatformActs, Reply, Request, Said, Talk } from "./protocol.ts";
import { roomNames } from "./rooms.ts";

/** The simulated Cliq and its people as a process of their own. It ends when its parent does. */
const stop = new AbortController();
process.once("disconnect", () => stop.abort());

const connections = countConnections();
await using cliq = await startCliqSimulator({ channels: roomNames, users: ["Alice"], maxMessages: 200_000 });
const acts = createActs(cliq);

process.on("message", (request: Request) => {
  run(request).then(reply, (error: unknown) =>
    reply({ kind: "failed", id: request.id, message: String(error) }),
  );
});
const { apiBaseUrl, oauthUrl, oauth, bot, organizationId, webhookSecret } = cliq;
reply({ kind: "ready", access: { apiBaseUrl, oauthUrl, oauth, bot, organizationId, webhookSecret } });
await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));

function reply(message: Reply): void {
  if (process.connected) process.send?.(message);
}

async function run({ id, act, input }: Request): Promise<Reply> {
  if (act !== "talk") return { kind: "done", id, json: JSON.stringify(acts[act]()) };
  if (input === undefined) throw new TypeError("a talk needs its input");
  return { kind: "done", id, json: JSON.stringify(await acts.talk(input)) };
}

function createActs(simulator: CliqSimulator): PlatformActs {
  return {
    count() {
      const { post, edit } = simulator.counters();
      return { post: post ?? 0, edit: edit ?? 0, connections: connections.takeMost() };
    },
    posts: () =>
      simulator.visiblePosts().map(({ text, postedAt, revisions }) => ({
        text,
        at: postedAt.getTime(),
        editedAt: revisions.map(({ at }) => at.getTime()),
      })),
    talk: (talk) => say(simulator, talk),
  };
}

async function say(simulator: CliqSimulator, talk: Talk): Promise<readonly Said[]> {
  const { name, webhookUrl, perSecond, seconds } = talk;
  simulator.setWebhook({ url: webhookUrl });
  const said: Said[] = [];
  await atPace({ perSecond, seconds, signal: stop.signal }, async (index) => {
    const text = `${name} ${index}`;
    const at = Date.now();
    const chat = roomNames[index % roomNames.length] ?? "";
    const { deliveries } = await simulator.say({ chat, user: "Alice", text });
    said.push({ text, at, status: deliveries[0]?.status ?? 0, ms: deliveries[0]?.ms ?? 0 });
  });
  return said;
}
