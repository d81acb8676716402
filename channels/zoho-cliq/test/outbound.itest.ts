import { DeliveryError } from "@mio/channel-kit";
import { startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { describe, expect, it } from "vitest";
import { answerTo, command, context, draftOf, senderOf, startGateway } from "./helpers.ts";

const toGeneral = { text: "hello", attributes: { cliq_channel_name: "general" } };

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DeliveryError)) throw new Error(`expected a DeliveryError, got ${String(error)}`);
  return error;
}

describe("answers", () => {
  it("go to the channel as the bot, and can be edited by the id that Cliq returned", async () => {
    await using gateway = await startGateway("s");
    await using cliq = await startCliqSimulator({ webhookUrl: gateway.url, webhookSecret: "s" });
    await cliq.say({ chat: "general", user: "Ada", text: "hi" });
    const answer = answerTo(draftOf(gateway.events[0]), "thinking…");
    const sender = senderOf(cliq);

    const { externalIds } = await sender.send(answer, context);
    const [posted] = cliq.visiblePosts();
    expect(externalIds).toEqual([posted?.restId]);
    expect(posted).toMatchObject({ text: "thinking…", author: { kind: "bot" } });

    const target = externalIds[0] ?? "";
    await sender.edit(command({ ...answer, text: "42" }), target, context);
    expect(cliq.visiblePosts()).toHaveLength(1);
    expect(cliq.visiblePosts()[0]?.text).toBe("42");
  });

  it("go to the person of a direct message as the bot, and can be edited", async () => {
    await using gateway = await startGateway("s");
    await using cliq = await startCliqSimulator({ webhookUrl: gateway.url, webhookSecret: "s" });
    await cliq.sayDm({ user: "Ada", text: "psst" });
    const answer = answerTo(draftOf(gateway.events[0]), "yes?");
    const sender = senderOf(cliq);

    const { externalIds } = await sender.send(answer, context);
    await sender.edit(command({ ...answer, text: "yes!" }), externalIds[0] ?? "", context);
    expect(cliq.visiblePosts()).toMatchObject([
      {
        restId: externalIds[0],
        chatId: answer.conversationExternalId,
        text: "yes!",
        author: { kind: "bot" },
      },
    ]);
  });
});

describe("a platform in trouble", () => {
  it("that returns no id has posted the message, and is not asked to change it by a wrong id", async () => {
    await using cliq = await startCliqSimulator({ channels: ["general"] });
    cliq.faults.set("no_message_id");
    expect(await senderOf(cliq).send(command(toGeneral), context)).toEqual({ externalIds: [] });
    expect(cliq.visiblePosts()).toHaveLength(1);
  });

  it("is distinguished by the state of the message", async () => {
    await using cliq = await startCliqSimulator({ channels: ["general"] });
    const sender = senderOf(cliq);
    const send = (): Promise<DeliveryError> => failureOf(sender.send(command(toGeneral), context));

    cliq.faults.set("rate_limited", { times: 1, retryAfterSeconds: 3 });
    expect(await send()).toMatchObject({ kind: "throttled", retry: { afterMs: 3_000 } });
    cliq.faults.set("throttle400", { times: 1 });
    expect(await send()).toMatchObject({ kind: "throttled", reason: "throttled" });
    cliq.faults.set("server_error", { times: 1, status: 503, endpoints: ["post"] });
    expect(await send()).toMatchObject({ kind: "transient", reason: "platform_down" });
    cliq.faults.set("server_error", { times: 1, endpoints: ["post"] });
    expect(await send()).toMatchObject({ kind: "unknown", reason: "platform_down" });
    cliq.faults.set("drop_response", { times: 1 });
    expect(await send()).toMatchObject({ kind: "unknown", reason: "network" });
    expect(cliq.visiblePosts()).toHaveLength(1);

    cliq.faults.set("refuse_connections");
    await cliq.faults.settled();
    expect(await send()).toMatchObject({ kind: "transient", reason: "network" });
    expect(cliq.visiblePosts()).toHaveLength(1);
  });

  it("gets one fresh token when it refuses the old one", async () => {
    await using cliq = await startCliqSimulator({ channels: ["general"] });
    const sender = senderOf(cliq);
    cliq.faults.set("unauthorized_once");
    await sender.send(command(toGeneral), context);
    cliq.expireTokens();
    await sender.send(command(toGeneral), context);
    expect(cliq.visiblePosts()).toHaveLength(2);
    expect(cliq.counters().token).toBe(3);
  });

  it("is asked for one token by many messages at once", async () => {
    await using cliq = await startCliqSimulator({ channels: ["general"] });
    const sender = senderOf(cliq);
    await Promise.all(Array.from({ length: 20 }, () => sender.send(command(toGeneral), context)));
    expect(cliq.visiblePosts()).toHaveLength(20);
    expect(cliq.counters().token).toBe(1);
  });

  it("fails for good if no retry can help", async () => {
    await using cliq = await startCliqSimulator({ channels: ["general"] });
    const sender = senderOf(cliq);
    const nowhere = command({ text: "x", attributes: { cliq_channel_name: "nowhere" } });
    expect(await failureOf(sender.send(nowhere, context))).toMatchObject({
      kind: "permanent",
      reason: "not_found",
    });
    cliq.faults.set("invalid_grant");
    cliq.expireTokens();
    expect(await failureOf(sender.send(command(toGeneral), context))).toMatchObject({
      kind: "permanent",
      reason: "refresh_failed",
    });
  });
});

describe("reconcile", () => {
  it("finds a message whose answer was lost, but not one of another command", async () => {
    await using cliq = await startCliqSimulator({ channels: ["general"] });
    const sender = senderOf(cliq);
    const general = cliq.chats().find((chat) => chat.name === "general")?.id ?? "";
    const lost = command({ ...toGeneral, conversationExternalId: general });
    const earlier = await sender.send(lost, context);
    const startedAt = new Date();
    cliq.faults.set("drop_response", { times: 1 });
    await failureOf(sender.send(lost, context));

    const claimed = new Set(earlier.externalIds);
    const found = await sender.reconcile(lost, { startedAt, claimedExternalIds: claimed }, context);
    const [, second] = cliq.visiblePosts();
    expect(found).toEqual({ kind: "found", sent: { externalIds: [second?.restId] } });
  });

  it("waits before it reports that nothing was posted", async () => {
    await using cliq = await startCliqSimulator({ channels: ["general"] });
    const sender = senderOf(cliq);
    const general = cliq.chats().find((chat) => chat.name === "general")?.id ?? "";
    const about = command({ ...toGeneral, conversationExternalId: general });
    const ask = (ageMs: number) =>
      sender.reconcile(
        about,
        { startedAt: new Date(Date.now() - ageMs), claimedExternalIds: new Set() },
        context,
      );
    expect(await ask(0)).toMatchObject({ kind: "later" });
    expect(await ask(60_000)).toEqual({ kind: "absent" });
  });
});
