import { once } from "node:events";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { connect } from "@mio/sdk";
import { type AgentWorld, aMessage, eventually, openAgentWorld } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const stream = "MESSAGES_INBOUND_ENRICHED";
const durable = "ai-consumer-enriched";

describe("deliveries that were lost with their connection", () => {
  let world: AgentWorld;
  let line: Line;
  beforeEach(async () => {
    world = await openAgentWorld();
    line = await openLine(world.server.port);
  });
  afterEach(async () => {
    line.close();
    await world[Symbol.asyncDispose]();
  });

  const pending = async () => (await world.jsm.consumers.info(stream, durable)).num_ack_pending;

  it("come before later messages of their conversation, and hold up no other", async () => {
    const { accountId, conversationId } = aMessage();
    const say = (text: string) => world.arrive({ text, accountId, conversationId });
    const seen: string[] = [];
    const stop = new AbortController();
    await using mio = await connect({ servers: line.url });
    const serving = mio.serve(async ({ message }) => void seen.push(message.text), {
      signal: stop.signal,
      // The new connection has to stand before they are delivered again.
      ackWaitMs: 5_000,
    });
    const before = Array.from({ length: 10 }, (_, index) => `before ${index}`);
    for (const text of before) await say(text);
    await eventually(async () => seen.length === 10 && (await pending()) === 0);

    line.holdBack();
    for (const text of ["lost 0", "lost 1"]) await say(text);
    await eventually(async () => (await pending()) === 2);
    line.cut();
    for (const text of ["after 0", "after 1"]) await say(text);
    await world.arrive({ text: "another conversation" });
    await eventually(() => seen.includes("after 1"));
    stop.abort();
    await serving;
    expect(seen.slice(10, 11)).toEqual(["another conversation"]);
    expect(seen.slice(11)).toEqual(["lost 0", "lost 1", "after 0", "after 1"]);
  });

  it("find room, as do other conversations, behind more later messages than are held at a time", async () => {
    const { accountId, conversationId } = aMessage();
    const say = (text: string) => world.arrive({ text, accountId, conversationId });
    const seen: string[] = [];
    const stop = new AbortController();
    await using mio = await connect({ servers: line.url });
    const options = { signal: stop.signal, ackWaitMs: 3_000, concurrency: 2 };
    const serving = mio.serve(async ({ message }) => void seen.push(message.text), options);
    for (let index = 0; index < 10; index += 1) await say("before");
    await eventually(async () => seen.length === 10 && (await pending()) === 0);

    line.holdBack();
    await say("lost");
    await eventually(async () => (await pending()) === 1);
    line.cut();
    const after = Array.from({ length: 30 }, (_, index) => `after ${index}`);
    for (const text of after) await say(text);
    await world.arrive({ text: "another conversation" });
    await eventually(() => seen.length === 42, { timeoutMs: 20_000 });
    stop.abort();
    await serving;
    expect(seen.slice(10)).toEqual(["another conversation", "lost", ...after]);
  });
});

/** A way to the server that can be held back and cut. */
interface Line {
  readonly url: string;
  /** What the server sends from now on does not arrive. */
  holdBack(): void;
  /** Breaks the connections; later ones work. */
  cut(): void;
  close(): void;
}

async function openLine(port: number): Promise<Line> {
  const pairs = new Set<{ readonly client: Socket; readonly server: Socket }>();
  const proxy = createServer((client) => {
    const pair = { client, server: connectSocket(port, "127.0.0.1") };
    pairs.add(pair);
    for (const socket of [pair.client, pair.server]) socket.on("error", () => {});
    pair.client.pipe(pair.server);
    pair.server.pipe(pair.client);
    client.on("close", () => pairs.delete(pair));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  const own = typeof address === "object" && address !== null ? address.port : 0;
  const cut = () => {
    for (const { client, server } of pairs) for (const socket of [client, server]) socket.destroy();
  };
  return {
    url: `nats://127.0.0.1:${own}`,
    holdBack: () => {
      for (const { client, server } of pairs) {
        server.unpipe(client);
        server.resume();
      }
    },
    cut,
    close: () => {
      cut();
      proxy.close();
    },
  };
}
