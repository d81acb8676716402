import { DeliveryReceipt_State as State } from "@mio/proto";
import { commandId, connect, type Mio, type SentCommand } from "@mio/sdk";
import { type AgentWorld, aMessage, eventually, openAgentWorld } from "@mio/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("receipt", () => {
  let world: AgentWorld;
  let mio: Mio;
  let sent: SentCommand;

  beforeEach(async () => {
    world = await openAgentWorld();
    mio = await connect({ servers: world.server.url });
    const { tenantId, accountId, channelType, conversationId, conversationExternalId } = aMessage();
    const place = { tenantId, accountId, channelType, conversationId, conversationExternalId };
    sent = await mio.send({ ...place, text: "halo", id: commandId("a message", "answer") });
  });
  afterEach(async () => {
    await mio[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  const announce = (state: State, of: SentCommand = sent) =>
    world.announce({
      commandId: of.commandId,
      accountId: of.accountId,
      channelType: of.channelType,
      conversationId: of.conversationId,
      state,
      externalIds: ["177%20137"],
    });

  it("is found when it came before it was asked for", async () => {
    await announce(State.SENT);
    const receipt = await mio.receipt(sent, { timeoutMs: 5_000 });
    expect(receipt).toMatchObject({ state: "sent", externalIds: ["177%20137"] });
  });

  it("is waited for when it comes later", async () => {
    const waiting = mio.receipt(sent, { timeoutMs: 10_000 });
    await announce(State.SENT, { ...sent, commandId: "another command" });
    await announce(State.FAILED);
    expect((await waiting).state).toBe("failed");
  });

  it("is found by a command id alone, in any conversation", async () => {
    await announce(State.SENT);
    expect((await mio.receipt(sent.commandId, { timeoutMs: 5_000 })).commandId).toBe(sent.commandId);
  });

  it("of a command that was left out on purpose is its end", async () => {
    await announce(State.SUPPRESSED);
    expect((await mio.receipt(sent, { timeoutMs: 5_000 })).state).toBe("suppressed");
  });

  it("of an unknown fate gives way to the one that resolved it", async () => {
    await announce(State.UNKNOWN);
    expect((await mio.receipt(sent, { timeoutMs: 5_000 })).state).toBe("unknown");
    await announce(State.SENT);
    expect((await mio.receipt(sent, { timeoutMs: 5_000 })).state).toBe("sent");
  });

  it("that does not come in time is an error that says so", async () => {
    await expect(mio.receipt(sent, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "sdk.receipt_timeout",
      details: { command_id: sent.commandId },
    });
  });

  it("is no longer waited for when the signal aborts or the connection is disposed", async () => {
    const stop = new AbortController();
    const aborted = mio.receipt(sent, { signal: stop.signal });
    stop.abort();
    await expect(aborted).rejects.toMatchObject({ code: "sdk.aborted" });
    // Longer than this test may take.
    const closed = mio.receipt(sent, { timeoutMs: 600_000 });
    const refusal = expect(closed).rejects.toMatchObject({ code: "sdk.closed" });
    await mio[Symbol.asyncDispose]();
    await refusal;
  });

  it("is not available without the stream of receipts", async () => {
    await world.jsm.streams.delete("MESSAGES_RECEIPTS");
    await expect(mio.receipt(sent, { timeoutMs: 300 })).rejects.toMatchObject({ code: "sdk.no_stream" });
  });

  it("is found on a stream that was missing when it was asked for", async () => {
    await world.jsm.streams.delete("MESSAGES_RECEIPTS");
    const waiting = mio.receipt(sent, { timeoutMs: 10_000 });
    await world.jsm.streams.add({ name: "MESSAGES_RECEIPTS", subjects: ["mio.receipt.>"] });
    await announce(State.SENT);
    expect((await waiting).state).toBe("sent");
  });

  it("is found on a stream that was recreated while it was waited for", async () => {
    const waiting = mio.receipt(sent, { timeoutMs: 20_000 });
    await eventually(
      async () => (await world.jsm.streams.info("MESSAGES_RECEIPTS")).state.consumer_count === 1,
    );
    await world.jsm.streams.delete("MESSAGES_RECEIPTS");
    await world.jsm.streams.add({ name: "MESSAGES_RECEIPTS", subjects: ["mio.receipt.>"] });
    await announce(State.SENT);
    expect((await waiting).state).toBe("sent");
  });
});
