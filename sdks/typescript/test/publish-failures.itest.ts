import { commandId, connect, type Mio, type MioEvent, type SendInit } from "@mio/sdk";
import { type AgentWorld, aMessage, eventually, openAgentWorld } from "@mio/testkit";
import { DiscardPolicy } from "@nats-io/jetstream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

type Delay = Extract<MioEvent, { readonly type: "publish_delayed" }>;

describe("a command that the stream does not take", () => {
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

  const delays = () => events.filter((event): event is Delay => event.type === "publish_delayed");

  it("says at once that a command is larger than the stream takes", async () => {
    await world.jsm.streams.update("MESSAGES_OUTBOUND", { max_msg_size: 100 });
    const sending = mio.send({ ...aPlace(), text: "x".repeat(200) });
    await expect(sending).rejects.toMatchObject({ code: "sdk.too_large", retry: "never" });
    expect(delays()).toEqual([]);
  });

  it("reports a refusal in the server's words, and stops retrying", async () => {
    // The client's types do not have it.
    const sealed: object = { sealed: true };
    await world.jsm.streams.update("MESSAGES_OUTBOUND", sealed);
    const sending = mio.send({ ...aPlace(), text: "x" });
    await expect(sending).rejects.toMatchObject({ code: "sdk.publish_refused", retry: "never" });
    await expect(sending).rejects.toThrow("sealed");
    expect(delays()).toEqual([]);
  });

  it("reports a full stream at once, and stores the command when there is room", async () => {
    await world.jsm.streams.update("MESSAGES_OUTBOUND", { max_msgs: 1, discard: DiscardPolicy.New });
    await mio.send({ ...aPlace(), text: "fills it" });
    const id = commandId("a message", "answer");
    const sending = mio.send({ ...aPlace(), text: "waits", id });
    await eventually(() => delays().length === 1);
    expect(delays()[0]).toMatchObject({ commandId: id, tries: 1, error: { code: "sdk.stream_full" } });
    expect(delays()[0]?.error.message).toMatch(/^MESSAGES_OUTBOUND is full: maximum messages exceeded\./);
    await world.jsm.streams.update("MESSAGES_OUTBOUND", { max_msgs: 5 });
    expect((await sending).duplicate).toBe(false);
    expect(delays()).toHaveLength(1);
  });

  it("reports a stream that is missing, and stores the command when it is there", async () => {
    const { config } = await world.jsm.streams.info("MESSAGES_OUTBOUND");
    await world.jsm.streams.delete("MESSAGES_OUTBOUND");
    const sending = mio.send({ ...aPlace(), text: "waits" });
    await eventually(() => delays().length === 1);
    expect(delays()[0]?.error.message).toContain("MESSAGES_OUTBOUND is missing or has no leader");
    await world.jsm.streams.add(config);
    await sending;
    expect(await world.commands()).toHaveLength(1);
  });

  it("reports a server that is silent", async () => {
    await world.server.pause();
    const sending = mio.send({ ...aPlace(), text: "waits" });
    await eventually(() => delays().length === 1);
    expect(delays()[0]).toMatchObject({ tries: 1, error: { code: "sdk.publish_timeout", retry: "soon" } });
    // Before the first try has failed.
    expect(delays()[0]?.error.message).toContain("no answer yet");
    world.server.resume();
    await sending;
  });
});

function aPlace(): Omit<SendInit, "text"> {
  const { tenantId, accountId, channelType, conversationId, conversationExternalId } = aMessage();
  return { tenantId, accountId, channelType, conversationId, conversationExternalId };
}
