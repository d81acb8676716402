import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { connect, type Mio, type MioEvent } from "@mio/sdk";
import { type AgentWorld, eventually, openAgentWorld } from "@mio/testkit";
import { StorageType } from "@nats-io/jetstream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const stream = "MESSAGES_INBOUND_ENRICHED";
const durable = "ai-consumer-enriched";
const config = { name: stream, subjects: ["mio.inbound_enriched.>"] };

describe("a stream that is another one than before", () => {
  let world: AgentWorld;
  let events: MioEvent[];
  let agents: Agent[];
  beforeEach(async () => {
    world = await openAgentWorld({ durable: true });
    events = [];
    agents = [];
  });
  afterEach(async () => {
    for (const agent of agents) await agent.end();
    await world[Symbol.asyncDispose]();
  });

  const startAgent = async (): Promise<Agent> => {
    const mio = await connect({ servers: world.server.url, onEvent: (event) => events.push(event) });
    const agent = serve(mio);
    agents.push(agent);
    return agent;
  };
  const say = async (prefix: string, count: number): Promise<readonly string[]> => {
    const texts = Array.from({ length: count }, (_, index) => `${prefix} ${index}`);
    for (const text of texts) await eventually(() => world.arrive({ text }, { "Nats-Msg-Id": text }));
    return texts;
  };
  const restart = async (): Promise<void> => {
    const before = events.length;
    await world.server.restart();
    await eventually(() => events.slice(before).some(({ type }) => type === "reconnected"));
  };
  const finished = async () => {
    const { ack_floor, num_pending } = await world.jsm.consumers.info(stream, durable);
    return num_pending === 0 ? ack_floor.stream_seq : -1;
  };

  it("is read from its beginning when memory was lost with the server", async () => {
    await world.jsm.streams.delete(stream);
    await world.jsm.streams.add({ ...config, storage: StorageType.Memory });
    const agent = await startAgent();
    const before = await say("old", 60);
    await agent.hasSeen(before);
    await world.server.kill();
    await restart();
    await eventually(() => isWaiting(events));
    await world.jsm.streams.add({ ...config, storage: StorageType.Memory });
    const after = await say("new", 30);
    await agent.hasSeen([...before, ...after]);
    await eventually(async () => (await finished()) === 30);
    expect(events.map(({ type }) => type)).toContain("stream_replaced");
  });

  it.each(["an agent that goes on", "an agent that starts later"])(
    "is read from its beginning after it was deleted while nothing was on its way, by %s",
    async (who) => {
      let agent = await startAgent();
      const before = await say("old", 40);
      await agent.hasSeen(before);
      await eventually(async () => (await finished()) === 40);
      if (who === "an agent that starts later") await agent.end();
      await world.jsm.streams.delete(stream);
      await world.jsm.streams.add(config);
      const after = await say("new", 40);
      if (who === "an agent that starts later") agent = await startAgent();
      await agent.hasSeen(who === "an agent that starts later" ? after : [...before, ...after]);
      await eventually(async () => (await finished()) === 40);
    },
  );

  it("is noticed when it is longer than the old one, and another process created the durable", async () => {
    const agent = await startAgent();
    const before = await say("old", 10);
    await agent.hasSeen(before);
    await world.jsm.streams.delete(stream);
    await world.jsm.streams.add(config);
    const after = await say("new", 25);
    await world.jsm.consumers.add(stream, { durable_name: durable }).catch(() => {});
    await agent.hasSeen([...before, ...after]);
  });

  it("handles what is stored after a restore, under sequences that were used before", async () => {
    const agent = await startAgent();
    const before = await say("old", 20);
    await agent.hasSeen(before);
    await eventually(async () => (await finished()) === 20);
    await world.server.stop();
    const [data, backup] = [join(world.server.dir, "store"), join(world.server.dir, "backup")];
    await cp(data, backup, { recursive: true });
    await restart();
    const lost = await say("lost by the restore", 15);
    await agent.hasSeen([...before, ...lost]);
    await eventually(async () => (await finished()) === 35);
    await world.server.kill();
    await rm(data, { recursive: true });
    await cp(backup, data, { recursive: true });
    await restart();
    const after = await say("new", 25);
    await agent.hasSeen([...before, ...lost, ...after]);
    await eventually(async () => (await finished()) === 45);
  });

  it("does not take the answer to an old message for one to a new message", async () => {
    await world.arrive({ text: "old" });
    const mio = await connect({ servers: world.server.url, onEvent: (event) => events.push(event) });
    const latch = Promise.withResolvers<void>();
    const seen: string[] = [];
    const stop = new AbortController();
    const serving = mio.serve(
      async ({ message }) => {
        seen.push(message.text);
        await latch.promise;
      },
      { signal: stop.signal },
    );
    await eventually(() => seen.length === 1);
    await world.jsm.streams.delete(stream);
    await world.jsm.streams.add(config);
    await world.arrive({ text: "new" });
    await eventually(() => seen.length === 2);
    await eventually(() => events.some(({ type }) => type === "stream_replaced"));
    // Both handlers wait; the old message's one ends first in effect, and must not finish the new one.
    expect((await world.jsm.consumers.info(stream, durable)).num_ack_pending).toBe(1);
    latch.resolve();
    await eventually(async () => (await finished()) === 1);
    stop.abort();
    await serving;
    await mio[Symbol.asyncDispose]();
    expect(seen).toEqual(["old", "new"]);
  });

  it("keeps a durable that was deleted while the stream rested from replaying what was handled", async () => {
    const agent = await startAgent();
    const before = await say("old", 12);
    await agent.hasSeen(before);
    await eventually(async () => (await finished()) === 12);
    await world.server.stop();
    await restart();
    await eventually(async () => (await finished()) === 12);
    const { created } = await world.jsm.consumers.info(stream, durable);
    await world.jsm.consumers.delete(stream, durable);
    await eventually(async () => (await world.jsm.consumers.info(stream, durable)).created !== created);
    const after = await say("new", 3);
    await agent.hasSeen([...before, ...after]);
  });

  it("is waited for while it is missing, also by an agent that begins then", async () => {
    const mio = await connect({ servers: world.server.url, onEvent: (event) => events.push(event) });
    await world.jsm.streams.delete(stream);
    const agent = serve(mio);
    agents.push(agent);
    await eventually(() => isWaiting(events));
    await world.jsm.streams.add(config);
    await agent.hasSeen(await say("at last", 3));
  });
});

function isWaiting(events: readonly MioEvent[]): boolean {
  return events.some((event) => event.type === "reading_interrupted" && event.error.code === "sdk.no_stream");
}

interface Agent {
  /** Waits until exactly these were handled, each once. */
  hasSeen(texts: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

function serve(mio: Mio): Agent {
  const seen: string[] = [];
  const serving = mio.serve(async ({ message }) => void seen.push(message.text));
  return {
    hasSeen: async (texts) => {
      await eventually(() => texts.every((text) => seen.includes(text)));
      expect(seen.toSorted()).toEqual([...texts].toSorted());
    },
    end: async () => {
      await mio[Symbol.asyncDispose]();
      await serving;
    },
  };
}
