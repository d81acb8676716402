import { connect, type Mio, MioError, type MioEvent } from "@mio/sdk";
import { type AgentWorld, eventually, openAgentWorld } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("serve", () => {
  let world: AgentWorld;
  let mio: Mio;
  let events: MioEvent[];
  let stop: AbortController;

  beforeEach(async () => {
    world = await openAgentWorld();
    events = [];
    stop = new AbortController();
    mio = await connect({ servers: world.server.url, onEvent: (event) => events.push(event) });
  });
  afterEach(async () => {
    await mio[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  it("keeps the order within a conversation and lets others pass", async () => {
    const slow = await world.arrive({ text: "a1" });
    await world.arrive({ text: "a2", accountId: slow.accountId, conversationId: slow.conversationId });
    await world.arrive({ text: "b1" });
    const latch = Promise.withResolvers<void>();
    const done: string[] = [];
    const serving = mio.serve(
      async ({ message }) => {
        if (message.text === "a1") await latch.promise;
        done.push(message.text);
        if (message.text === "b1") latch.resolve();
        if (done.length === 3) stop.abort();
      },
      { signal: stop.signal },
    );
    await serving;
    expect(done).toEqual(["b1", "a1", "a2"]);
  });

  it("runs no more handlers at a time than the concurrency", async () => {
    for (let index = 0; index < 12; index += 1) await world.arrive();
    let running = 0;
    let most = 0;
    let handled = 0;
    const allRun = Promise.withResolvers<void>();
    await mio.serve(
      async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) allRun.resolve();
        await allRun.promise;
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        handled += 1;
        if (handled === 12) stop.abort();
      },
      { signal: stop.signal, concurrency: 3 },
    );
    expect([most, handled]).toEqual([3, 12]);
  });

  it("delivers again what a handler threw on, under the same command ids", async () => {
    await world.arrive({ text: "flaky" });
    await mio.serve(
      async (incoming) => {
        await incoming.reply("answer");
        if (incoming.deliveryCount === 1)
          throw new MioError("sdk.unreachable", "later", { retry: { afterMs: 10 } });
        stop.abort();
      },
      { signal: stop.signal },
    );
    expect(await world.commands()).toHaveLength(1);
    expect(events).toMatchObject([{ type: "handler_failed", deliveryCount: 1, retryAfterMs: 10 }]);
  });

  it("dead-letters at once what can never work, and in the end what never did", async () => {
    await world.arrive({ text: "hopeless" });
    await world.arrive({ text: "unlucky" });
    await mio.serve(
      async ({ message }) => {
        const retry = message.text === "hopeless" ? "never" : { afterMs: 1 };
        queueMicrotask(async () => {
          await eventually(async () => (await world.deadLetters()).length === 2);
          stop.abort();
        });
        throw new MioError("sdk.unreachable", "no", { retry });
      },
      { signal: stop.signal, maxDeliveries: 2 },
    );
    const reasons = (await world.deadLetters()).map(({ header }) => header("Mio-Dead-Reason"));
    expect(reasons.sort()).toEqual(["exhausted", "never"]);
    expect(events.filter(({ type }) => type === "handler_failed")).toHaveLength(3);
  });

  it("waits for handlers that run and gives back those that do not when it is stopped", async () => {
    const first = await world.arrive({ text: "running" });
    await world.arrive({ text: "queued", accountId: first.accountId, conversationId: first.conversationId });
    const begun = Promise.withResolvers<void>();
    const latch = Promise.withResolvers<void>();
    const done: string[] = [];
    const serving = mio.serve(
      async ({ message }) => {
        begun.resolve();
        await latch.promise;
        done.push(message.text);
      },
      { signal: stop.signal },
    );
    await begun.promise;
    await eventually(async () => (await info()).num_ack_pending === 2);
    stop.abort();
    latch.resolve();
    await serving;
    expect(done).toEqual(["running"]);
    for await (const { message } of mio.messages()) {
      expect(message.text).toBe("queued");
      break;
    }
  });

  it("finishes handlers before a disposed connection closes", async () => {
    await world.arrive();
    const begun = Promise.withResolvers<void>();
    const latch = Promise.withResolvers<void>();
    const serving = mio.serve(async (incoming) => {
      begun.resolve();
      await latch.promise;
      await incoming.reply("last words");
    });
    await begun.promise;
    const disposed = mio[Symbol.asyncDispose]();
    latch.resolve();
    await Promise.all([disposed, serving]);
    expect((await world.commands()).map(({ command }) => command.text)).toEqual(["last words"]);
    expect((await info()).num_ack_pending).toBe(0);
  });

  const info = () => world.jsm.consumers.info("MESSAGES_INBOUND_ENRICHED", "ai-consumer-enriched");
});
