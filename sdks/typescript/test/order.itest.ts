import { setImmediate } from "node:timers/promises";
import { connect, type Mio } from "@mio/sdk";
import { type AgentWorld, eventually, openAgentWorld } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("order", () => {
  let world: AgentWorld;
  let mio: Mio;
  beforeEach(async () => {
    world = await openAgentWorld({ durable: true });
    mio = await connect({ servers: world.server.url });
  });
  afterEach(async () => {
    await mio[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  const outages = [
    { how: "is stopped", end: () => world.server.stop() },
    { how: "is killed", end: () => world.server.kill() },
  ];
  it.each(outages)("is kept per conversation while the server $how again and again", async ({ end }) => {
    const talk = startTalk(world, 5);
    const handled = new Map<string, number[]>();
    const stop = new AbortController();
    const serving = mio.serve(
      async ({ message }) => {
        const before = handled.get(message.conversationId) ?? [];
        handled.set(message.conversationId, [...before, Number(message.text)]);
      },
      { signal: stop.signal },
    );
    const count = () => [...handled.values()].flat().length;
    for (let outage = 0; outage < 4; outage += 1) {
      const before = count();
      await eventually(() => count() > before + 100);
      await end();
      await world.server.restart();
    }
    const said = await talk.end();
    await eventually(() => [...said].every(([id, last]) => handled.get(id)?.includes(last)), {
      timeoutMs: 45_000,
    });
    stop.abort();
    await serving;
    for (const [conversation, last] of said) {
      expect(handled.get(conversation)).toEqual(Array.from({ length: last + 1 }, (_, place) => place));
    }
  });

  it("is kept by what a left loop gives back", async () => {
    const said = await sayInOneConversation(world, 9);
    for await (const { message } of mio.messages()) {
      expect(message.text).toBe("0");
      const held = async () => (await world.jsm.consumers.info(stream, durable)).num_ack_pending;
      await eventually(async () => (await held()) === said.length);
      break;
    }
    const seen: string[] = [];
    for await (const { message } of mio.messages()) if (seen.push(message.text) === said.length) break;
    expect(seen).toEqual(said);
  });

  it("is kept by what is given back while messages flow", async () => {
    const talk = startTalk(world, 1);
    const seen: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      let left = 10;
      for await (const incoming of mio.messages()) {
        left -= 1;
        if (left === 0) break;
        seen.push(Number(incoming.message.text));
      }
    }
    await talk.end();
    expect(seen).toEqual(Array.from({ length: 20 * 9 }, (_, place) => place));
  });

  it("is kept by what a stopped server of messages gives back while messages flow", async () => {
    const talk = startTalk(world, 20);
    const handled = new Map<string, number[]>();
    const count = () => [...handled.values()].flat().length;
    for (let turn = 1; turn <= 20; turn += 1) {
      const stop = new AbortController();
      const serving = mio.serve(
        async ({ message }) => {
          await setImmediate();
          const before = handled.get(message.conversationId) ?? [];
          handled.set(message.conversationId, [...before, Number(message.text)]);
        },
        { signal: stop.signal, concurrency: 400 },
      );
      await eventually(() => count() >= turn * 100);
      stop.abort();
      await serving;
    }
    await talk.end();
    for (const places of handled.values()) expect(places).toEqual(places.map((_, place) => place));
  });
});

const durable = "ai-consumer-enriched";
const stream = "MESSAGES_INBOUND_ENRICHED";

async function sayInOneConversation(world: AgentWorld, count: number): Promise<readonly string[]> {
  const texts = Array.from({ length: count }, (_, place) => String(place));
  const [first = "", ...rest] = texts;
  const { accountId, conversationId } = await world.arrive({ text: first });
  for (const text of rest) await world.arrive({ text, accountId, conversationId });
  return texts;
}

/** People who talk without a pause, each in a conversation of their own; what they say is counted from 0. */
function startTalk(world: AgentWorld, conversations: number) {
  let talking = true;
  const said = new Map<string, number>();
  const talk = async (): Promise<void> => {
    const { accountId, conversationId } = await world.arrive({ text: "0" });
    said.set(conversationId, 0);
    for (let place = 1; talking; place += 1) {
      const message = { text: String(place), accountId, conversationId };
      // A repetition of what was stored without an answer is stored once.
      const head = { "Nats-Msg-Id": `${conversationId}#${place}` };
      await eventually(() => world.arrive(message, head), { timeoutMs: 20_000 });
      said.set(conversationId, place);
    }
  };
  const talks = Array.from({ length: conversations }, talk);
  return {
    /** Ends the talk; resolves to the last place of each conversation. */
    end: async (): Promise<ReadonlyMap<string, number>> => {
      talking = false;
      await Promise.all(talks);
      return said;
    },
  };
}
