import { encodeMessage } from "@mio/envelope";
import { connect, type IncomingMessage, type Mio, type MioEvent } from "@mio/sdk";
import { type AgentWorld, aMessage, eventually, openAgentWorld } from "@mio/testkit";
import { DiscardPolicy } from "@nats-io/jetstream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const durable = "ai-consumer-enriched";
const stream = "MESSAGES_INBOUND_ENRICHED";

describe("messages", () => {
  let world: AgentWorld;
  let mio: Mio;
  let events: MioEvent[];

  beforeEach(async () => {
    world = await openAgentWorld();
    events = [];
    mio = await connect({ servers: world.server.url, onEvent: (event) => events.push(event) });
  });
  afterEach(async () => {
    await mio[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  const unanswered = async () => (await world.jsm.consumers.info(stream, durable)).num_ack_pending;

  it("gives messages in stream order and acknowledges each when the next is asked for", async () => {
    for (const text of ["one", "two", "three"]) await world.arrive({ text });
    const seen: string[] = [];
    for await (const { message } of mio.messages()) {
      seen.push(message.text);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(["one", "two", "three"]);
    const info = await world.jsm.consumers.info(stream, durable);
    expect(info.ack_floor.stream_seq).toBe(2);
  });

  it("makes a missing durable with explicit acknowledgement, all messages and no delivery limit", async () => {
    await world.arrive();
    await first(mio.messages());
    const { config } = await world.jsm.consumers.info(stream, durable);
    expect(config).toMatchObject({
      ack_policy: "explicit",
      deliver_policy: "all",
      max_deliver: -1,
      ack_wait: 30_000_000_000,
      max_ack_pending: 1_000,
      filter_subject: "mio.inbound_enriched.>",
    });
  });

  it("starts with the next message if asked to, and reads one channel and account only", async () => {
    const old = await world.arrive({ text: "old" });
    const options = {
      durable: "pulse",
      startFrom: "new",
      channelType: "zoho_cliq",
      accountId: old.accountId,
    } as const;
    const next = first(mio.messages(options));
    await eventually(async () => (await world.jsm.consumers.info(stream, "pulse")).num_waiting > 0);
    await world.arrive({ text: "of another account" });
    await world.arrive({ text: "new", accountId: old.accountId });
    expect((await next).message.text).toBe("new");
  });

  it("uses an existing durable as it is", async () => {
    await world.jsm.consumers.add(stream, { durable_name: durable, max_ack_pending: 1, ack_wait: 5e9 });
    await world.arrive({ text: "one" });
    await world.arrive({ text: "two" });
    const seen: string[] = [];
    for await (const { message } of mio.messages({ prefetch: 20 })) {
      seen.push(message.text);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(["one", "two"]);
    expect((await world.jsm.consumers.info(stream, durable)).config.max_ack_pending).toBe(1);
  });

  it("gives the current message back when an exception leaves the loop", async () => {
    await world.arrive({ text: "again" });
    const loop = async () => {
      for await (const _ of mio.messages()) throw new Error("broken program");
    };
    await expect(loop()).rejects.toThrow("broken program");
    const again = await first(mio.messages());
    expect([again.message.text, again.deliveryCount]).toEqual(["again", 2]);
  });

  it("delivers again after retry, and not before the delay", async () => {
    await world.arrive();
    const times: number[] = [];
    for await (const message of mio.messages()) {
      times.push(Date.now());
      if (message.deliveryCount === 2) break;
      await message.retry(400);
    }
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(380);
  });

  it("moves a rejected message to the dead letters with its headers and reason", async () => {
    const message = await world.arrive({ text: "poison" }, { "X-Kept": "yes" });
    await world.arrive({ text: "fine" });
    for await (const incoming of mio.messages()) {
      if (incoming.message.text === "fine") break;
      await incoming.reject("cannot be\nunderstood");
    }
    const [dead] = await world.deadLetters();
    expect(dead?.subject).toBe(
      `mio.dlq.inbound_enriched.zoho_cliq.${message.accountId}.${message.conversationId}`,
    );
    expect(dead?.header("Mio-Dead-Reason")).toBe("cannot be understood");
    expect(dead?.header("X-Kept")).toBe("yes");
    expect(dead?.header("Mio-Dead-Stream")).toBe(stream);
    expect(dead?.header("Mio-Dead-Durable")).toBe("ai-consumer-enriched");
    expect(dead?.header("Mio-Dead-Subject")).toBe(
      `mio.inbound_enriched.zoho_cliq.${message.accountId}.${message.conversationId}`,
    );
  });

  it("does not end a rejected message before its dead letter is stored", async () => {
    await world.publishBytes("mio.dlq.inbound_enriched.a.b.c", Uint8Array.of(1));
    await world.jsm.streams.update("MESSAGES_DLQ", { max_msgs: 1, discard: DiscardPolicy.New });
    await world.arrive({ text: "poison" });
    await world.arrive({ text: "fine" });
    let rejections = 0;
    for await (const incoming of mio.messages()) {
      if (incoming.message.text === "fine") continue;
      rejections += 1;
      if (incoming.deliveryCount === 2) {
        expect((await world.jsm.consumers.info(stream, durable)).ack_floor.stream_seq).toBe(0);
        await world.jsm.streams.update("MESSAGES_DLQ", { max_msgs: 10 });
      }
      await incoming.reject("cannot be understood");
      if (incoming.deliveryCount === 2) break;
    }
    expect(rejections).toBe(2);
    expect((await world.deadLetters()).map(({ header }) => header("Mio-Dead-Sequence"))).toEqual(["", "1"]);
    expect(events.filter(({ type }) => type === "message_rejected")).toMatchObject([
      { kept: false },
      { kept: true },
    ]);
    await eventually(async () => (await unanswered()) === 0);
  });

  it("stores the dead letter of a message that carries orders to the server", async () => {
    await world.arrive({ text: "poison" }, { "Nats-Expected-Stream": stream, "Nats-Msg-Id": "enr:1" });
    await rejectFirst(mio.messages(), "cannot be understood");
    const [dead] = await world.deadLetters();
    expect(dead?.header("Nats-Expected-Stream")).toBe("");
    expect(dead?.header("Mio-Dead-Order")).toBe(`Nats-Expected-Stream: ${stream}`);
    expect(dead?.header("Mio-Dead-Dedup-Id")).toBe("enr:1");
  });

  it("stores the dead letter of a message that leaves no room for the reason", async () => {
    const fixed = encodeMessage(aMessage({ text: "" })).byteLength;
    await world.arrive({ text: "x".repeat(1_048_576 - fixed - 20) });
    await rejectFirst(mio.messages(), "is too large");
    const [dead] = await world.deadLetters();
    expect(dead?.header("Mio-Dead-Sequence")).toBe("1");
    expect(dead?.data).toHaveLength(0);
    await eventually(async () => (await unanswered()) === 0);
  });

  it("acknowledges messages redriven for another agent, and handles those for it", async () => {
    await world.arrive({ text: "for another" }, { "Mio-Redrive": "1", "Mio-Redrive-Durable": "another" });
    await world.arrive(
      { text: "for this one" },
      { "Mio-Redrive": "2", "Mio-Redrive-Durable": "ai-consumer-enriched" },
    );
    const message = await first(mio.messages());
    expect(message.message.text).toBe("for this one");
  });

  it("counts only the first answer to a message", async () => {
    await world.arrive();
    for await (const message of mio.messages()) {
      await message.ack();
      await message.retry();
      await message.reject("late");
      break;
    }
    expect(await world.deadLetters()).toEqual([]);
    await eventually(async () => (await unanswered()) === 0);
  });

  it("skips other schema versions and dead-letters undecodable payloads", async () => {
    await world.arrive({ schemaVersion: 2 });
    await world.publishBytes("mio.inbound_enriched.zoho_cliq.a.b", Uint8Array.of(0xff, 0xff));
    await world.arrive({ text: "readable" });
    expect((await first(mio.messages())).message.text).toBe("readable");
    expect(events.filter((event) => event.type === "message_skipped")).toMatchObject([
      { reason: "schema", streamSequence: 1 },
      { reason: "undecodable", streamSequence: 2 },
    ]);
    expect((await world.deadLetters()).map(({ subject }) => subject)).toEqual([
      "mio.dlq.inbound_enriched.zoho_cliq.a.b",
    ]);
  });

  it("dead-letters a message that was delivered too often", async () => {
    await world.arrive({ text: "never works" });
    const afterwards = eventually(async () => (await world.deadLetters()).length === 1).then(() =>
      world.arrive({ text: "works" }),
    );
    const seen: string[] = [];
    for await (const incoming of mio.messages({ maxDeliveries: 3 })) {
      seen.push(incoming.message.text);
      if (incoming.message.text === "works") break;
      await incoming.retry(1);
    }
    await afterwards;
    expect(seen.filter((text) => text === "never works")).toHaveLength(3);
  });

  it("keeps a message alive that is handled for longer than the server waits", async () => {
    const latch = Promise.withResolvers<void>();
    await world.arrive({ text: "slow" });
    await world.arrive({ text: "behind it" });
    const seen: IncomingMessage[] = [];
    const loop = (async () => {
      for await (const message of mio.messages({ ackWaitMs: 1_500 })) {
        seen.push(message);
        if (seen.length === 2) break;
        await latch.promise;
      }
    })();
    await eventually(() => seen.length === 1);
    const beyondTheWait = Date.now() + 3_000;
    await eventually(() => Date.now() > beyondTheWait);
    expect((await world.jsm.consumers.info(stream, durable)).num_redelivered).toBe(0);
    latch.resolve();
    await loop;
    expect(seen.map(({ deliveryCount }) => deliveryCount)).toEqual([1, 1]);
  });

  it("finishes the one in hand and gives the rest back when the signal aborts", async () => {
    for (const text of ["one", "two", "three"]) await world.arrive({ text });
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const { message } of mio.messages({ signal: stop.signal })) {
      seen.push(message.text);
      await eventually(async () => (await unanswered()) === 3);
      stop.abort();
    }
    expect(seen).toEqual(["one"]);
    const rest: string[] = [];
    const begun = Date.now();
    for await (const { message } of mio.messages()) if (rest.push(message.text) === 2) break;
    expect(rest.sort()).toEqual(["three", "two"]);
    // Long before the ack wait of thirty seconds.
    expect(Date.now() - begun).toBeLessThan(20_000);
  });

  it("ends a waiting loop when the connection is disposed", async () => {
    const loop = (async () => {
      for await (const _ of mio.messages()) expect.unreachable();
    })();
    await eventually(async () => (await world.jsm.consumers.info(stream, durable)).num_waiting > 0);
    await mio[Symbol.asyncDispose]();
    await loop;
    await expect(first(mio.messages())).rejects.toMatchObject({ code: "sdk.closed" });
  });

  it("refuses names that are no subject parts", async () => {
    await expect(first(mio.messages({ durable: "my.agent" }))).rejects.toMatchObject({
      code: "sdk.invalid_option",
    });
    await expect(first(mio.messages({ accountId: "a.>" }))).rejects.toMatchObject({
      code: "sdk.invalid_option",
    });
  });
});

async function rejectFirst(messages: AsyncIterable<IncomingMessage>, reason: string): Promise<void> {
  for await (const message of messages) {
    await message.reject(reason);
    return;
  }
}

async function first(messages: AsyncIterable<IncomingMessage>): Promise<IncomingMessage> {
  for await (const message of messages) {
    await message.ack();
    return message;
  }
  throw new Error("the messages ended");
}
