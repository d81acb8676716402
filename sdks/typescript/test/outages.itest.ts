import { connect, type MioEvent } from "@mio/sdk";
import { type AgentWorld, eventually, openAgentWorld } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const durable = "ai-consumer-enriched";
const stream = "MESSAGES_INBOUND_ENRICHED";

describe("outages", () => {
  let world: AgentWorld;
  beforeEach(async () => {
    world = await openAgentWorld({ durable: true });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("goes on after the server was killed with a message in hand, which is handled once", async () => {
    const events: MioEvent["type"][] = [];
    await using mio = await connect({ servers: world.server.url, onEvent: ({ type }) => events.push(type) });
    await world.arrive({ text: "in hand" });
    const seen: string[] = [];
    for await (const incoming of mio.messages({ ackWaitMs: 1_000 })) {
      seen.push(incoming.message.text);
      if (incoming.message.text === "after") break;
      await world.server.kill();
      await world.server.restart();
      await eventually(() => world.arrive({ text: "after" }));
      await incoming.reply("made it");
    }
    expect(seen).toEqual(["in hand", "after"]);
    expect((await world.commands()).map(({ command }) => command.text)).toEqual(["made it"]);
    expect(events).toContain("disconnected");
    expect(events).toContain("reconnected");
  });

  it("stores a command once that was sent while the server was down", async () => {
    await using mio = await connect({ servers: world.server.url });
    const message = await world.arrive();
    for await (const incoming of mio.messages()) {
      await world.server.kill();
      const sending = incoming.reply("through the outage");
      await world.server.restart();
      expect((await sending).duplicate).toBe(false);
      break;
    }
    expect((await world.commands()).map(({ command }) => command.attributes["replied_to"])).toEqual([
      message.id,
    ]);
  });

  it("begins to read and to wait for receipts while the server is away", async () => {
    await using mio = await connect({ servers: world.server.url });
    await world.arrive({ text: "stored before" });
    await world.server.kill();
    const reading = (async () => {
      for await (const { message } of mio.messages()) return message.text;
      return "nothing";
    })();
    const refusal = expect(mio.receipt("never sent", { timeoutMs: 1_500 })).rejects.toMatchObject({
      code: "sdk.receipt_timeout",
    });
    await world.server.restart();
    expect(await reading).toBe("stored before");
    await refusal;
  });

  it("recreates a deleted durable at its position", async () => {
    await using mio = await connect({ servers: world.server.url });
    for (const text of ["one", "two"]) await world.arrive({ text });
    const seen: string[] = [];
    for await (const { message } of mio.messages()) {
      seen.push(message.text);
      if (message.text === "two") {
        await world.jsm.consumers.delete(stream, durable);
        await world.arrive({ text: "three" });
      }
      if (message.text === "three") break;
    }
    expect(seen).toEqual(["one", "two", "three"]);
  });

  it("recreates a deleted durable while it waits", async () => {
    await using mio = await connect({ servers: world.server.url });
    await world.arrive({ text: "one" });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { message } of mio.messages()) {
        seen.push(message.text);
        if (message.text === "two") break;
      }
    })();
    await eventually(async () => (await world.jsm.consumers.info(stream, durable)).num_ack_pending === 0);
    await world.jsm.consumers.delete(stream, durable);
    await world.arrive({ text: "two" });
    await reading;
    expect(seen).toEqual(["one", "two"]);
  });

  it("is disposed while the server is frozen, with current and prefetched messages", async () => {
    for (let index = 0; index < 6; index += 1) await world.arrive({ text: String(index) });
    const mio = await connect({ servers: world.server.url });
    const latch = Promise.withResolvers<void>();
    let begun = 0;
    const serving = mio.serve(
      async (incoming) => {
        begun += 1;
        await latch.promise;
        await incoming.reply("is not stored").catch(() => {});
      },
      { concurrency: 2 },
    );
    await eventually(async () => (await world.jsm.consumers.info(stream, durable)).num_ack_pending === 6);
    await eventually(() => begun >= 2);
    expect(begun).toBe(2);
    await world.server.pause();
    const disposed = mio[Symbol.asyncDispose]();
    latch.resolve();
    let isOver = false;
    void disposed.then(() => {
      isOver = true;
    });
    // Three pings until the connection counts as lost, the last publish's patience, and the close itself.
    await eventually(() => isOver, { timeoutMs: 30_000 });
    await serving;
    world.server.resume();
  });

  it("hands out messages of a crashed process, and its answers have the same ids", async () => {
    await world.arrive();
    const died = await connect({ servers: world.server.url });
    const iterator = died.messages({ ackWaitMs: 2_000 })[Symbol.asyncIterator]();
    const { value: inDeadHands } = await iterator.next();
    const before = await inDeadHands.reply("once");
    await died[Symbol.asyncDispose]();

    await using mio = await connect({ servers: world.server.url });
    for await (const again of mio.messages()) {
      expect(again.deliveryCount).toBe(2);
      const repeated = await again.reply("once");
      expect(repeated).toMatchObject({ commandId: before.commandId, duplicate: true });
      break;
    }
    expect(await world.commands()).toHaveLength(1);
  });
});
