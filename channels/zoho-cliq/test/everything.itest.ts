import type { MessageInitShape } from "@bufbuild/protobuf";
import { DeliveryError } from "@mio/channel-kit";
import { accountUnderTest, callUnderTest } from "@mio/channel-kit/contract";
import { RichButtonAction_Kind, type RichContentSchema } from "@mio/proto";
import { type CliqSimulator, startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { describe, expect, it } from "vitest";
import { command, context, openAgainst, senderOf } from "./helpers.ts";

interface Place {
  readonly conversationExternalId: string;
  readonly attributes: Record<string, string>;
}

function generalOf(cliq: CliqSimulator): Place {
  const conversationExternalId = cliq.chats().find(({ name }) => name === "general")?.id ?? "";
  return { conversationExternalId, attributes: { cliq_channel_name: "general" } };
}

const long = `${"a".repeat(4_990)} ${"b".repeat(4_990)} ccc`;

describe("against a Cliq that is strict", () => {
  it("a card with tables and buttons is accepted and shown once", async () => {
    await using cliq = await startCliqSimulator();
    const richContent: MessageInitShape<typeof RichContentSchema> = {
      card: { title: "t".repeat(300), theme: "modern-inline" },
      blocks: [
        {
          content: { case: "table", value: { headers: ["a", "a", "b"], rows: [{ cells: ["1"] }] } } as const,
        },
        { content: { case: "label", value: { labels: [{ key: "k", value: "v" }] } } },
      ],
      buttons: Array.from({ length: 7 }, (_, at) => ({
        label: `a rather long label ${at}`,
        hint: "h".repeat(200),
        action: { kind: RichButtonAction_Kind.OPEN_URL, url: "https://example.com" },
      })),
    };
    await senderOf(cliq).send(command({ ...generalOf(cliq), richContent }), context);
    expect(cliq.visiblePosts()).toMatchObject([{ rich: { card: {}, slides: [{}, {}, {}], buttons: {} } }]);
    expect(cliq.counters().post).toBe(1);
  });

  it("a card uses the next endpoint only if Cliq rejects the first", async () => {
    await using cliq = await startCliqSimulator();
    const about = { ...generalOf(cliq), text: "x", richContent: { card: { title: "t" } } };
    cliq.faults.set("drop_response", { times: 1 });
    await expect(senderOf(cliq).send(command(about), context)).rejects.toMatchObject({ kind: "unknown" });
    expect(cliq.visiblePosts()).toHaveLength(1);
    const unnamed = { ...about, conversationExternalId: "CT_999" };
    await senderOf(cliq).send(command(unnamed), context);
    expect(cliq.visiblePosts()).toHaveLength(2);
  });

  it("a message is reacted to, quoted, edited and deleted", async () => {
    await using cliq = await startCliqSimulator();
    const sender = senderOf(cliq);
    const { messageId } = await cliq.say({ chat: "general", user: "Ada", text: "hello" });
    const reaction = command({ ...generalOf(cliq), relation: { reactionEmoji: "+1" } });
    await sender.react(reaction, messageId, context);
    expect(cliq.messages("general")[0]?.reactions).toEqual({ "👍": ["137000001"] });
    const gone = command({ ...reaction, attributes: { mio_reaction_removed: "true" } });
    await sender.react(gone, messageId, context);
    expect(cliq.messages("general")[0]?.reactions).toEqual({});

    const answer = command({ ...generalOf(cliq), text: "yes" });
    const quoting = callUnderTest({ threadRootExternalId: messageId });
    const { externalIds } = await sender.send(answer, quoting);
    const restId = cliq.messages("general")[0]?.restId;
    expect(cliq.visiblePosts()).toMatchObject([{ text: "yes", replyToId: restId }]);
    await sender.remove(answer, externalIds[0] ?? "", context);
    expect(cliq.visiblePosts()).toEqual([]);
  });

  it("a thread is opened by name, and answered in its own chat", async () => {
    await using cliq = await startCliqSimulator();
    const { messageId } = await cliq.say({ chat: "general", user: "Ada", text: "hello" });
    const { conversationExternalId } = generalOf(cliq);
    const attributes = { cliq_channel_name: "general", cliq_thread_message_id: messageId };
    const sender = senderOf(cliq);
    await sender.send(command({ conversationExternalId, attributes, text: "one" }), context);
    const thread = cliq.chats().find(({ kind }) => kind === "thread")?.id ?? "";
    const inThread = { conversationExternalId: thread, attributes: { cliq_channel_name: "general" } };
    await sender.send(command({ ...inThread, text: "two" }), context);
    expect(cliq.messages(thread).map(({ text, author }) => [text, author.kind])).toEqual([
      ["one", "bot"],
      ["two", "bot"],
    ]);
    expect(cliq.messages("general")).toHaveLength(1);
  });

  it("files arrive byte for byte, after one fresh token too", async () => {
    await using cliq = await startCliqSimulator();
    const bytes = new TextEncoder().encode("%PDF-1.7 report");
    const openAttachment = async () => ({
      body: ReadableStream.from([bytes]),
      bytes: bytes.length,
      contentType: "application/pdf",
    });
    const attachments = [{ storageKey: "k", filename: "r 1.pdf" }];
    cliq.faults.set("unauthorized_once", { endpoints: ["upload"] });
    const about = command({ ...generalOf(cliq), text: "see", attachments });
    await senderOf(cliq).send(about, callUnderTest({ openAttachment }));
    expect(cliq.visiblePosts()).toMatchObject([
      { text: "see" },
      { file: { name: "r 1.pdf", mime: "application/pdf", size: bytes.length }, author: { kind: "bot" } },
    ]);
  });

  it("a long text continues where it stopped, is found in parts, and can be edited both ways", async () => {
    await using cliq = await startCliqSimulator();
    const sender = senderOf(cliq);
    const about = command({ ...generalOf(cliq), text: long });
    const startedAt = new Date(Date.now() - 60_000);
    cliq.faults.set("rate_limited", { times: 1, retryAfterSeconds: 2, endpoints: ["edit"] });
    const half = command({ ...generalOf(cliq), text: long.slice(0, 4_991) });
    const first = await sender.send(half, context);
    const attempt = { startedAt, claimedExternalIds: new Set<string>() };
    expect(await sender.reconcile(about, attempt, context)).toEqual({ kind: "partial", sent: first });
    const resumed = callUnderTest({ attempt: 2, alreadySent: first.externalIds });
    const { externalIds } = await sender.send(about, resumed);
    expect(
      cliq
        .visiblePosts()
        .map(({ text }) => text)
        .join(" "),
    ).toBe(long);
    expect(await sender.reconcile(about, attempt, context)).toEqual({ kind: "found", sent: { externalIds } });

    cliq.faults.clear();
    const call = callUnderTest({ targetExternalIds: externalIds });
    const short = await sender.edit(
      command({ ...generalOf(cliq), text: "short" }),
      externalIds[0] ?? "",
      call,
    );
    expect(cliq.visiblePosts().map(({ text }) => text)).toEqual(["short"]);
    const again = callUnderTest({ targetExternalIds: short.externalIds });
    await sender.edit(about, short.externalIds[0] ?? "", again);
    expect(
      cliq
        .visiblePosts()
        .map(({ text }) => text)
        .join(" "),
    ).toBe(long);
  });
});

describe("tokens", () => {
  it("that are rotated, or expired on arrival, lose no message", async () => {
    await using cliq = await startCliqSimulator({ rotateRefreshToken: true });
    const sender = senderOf(cliq);
    cliq.faults.set("expired_token", { times: 1 });
    for (const text of ["one", "two", "three"]) {
      await sender.send(command({ ...generalOf(cliq), text }), context);
      cliq.expireTokens();
    }
    expect(cliq.visiblePosts().map(({ text }) => text)).toEqual(["one", "two", "three"]);
  });

  it("are never requested twice at once for any number of messages", async () => {
    await using cliq = await startCliqSimulator();
    cliq.faults.set("token_race", { ms: 50 });
    const account = accountUnderTest();
    const outbound = openAgainst(cliq).outbound;
    if (outbound === undefined) throw new Error("the channel cannot send");
    const sends = Array.from({ length: 20 }, (_, at) =>
      outbound.connect(account).send(command({ ...generalOf(cliq), text: String(at) }), context),
    );
    await Promise.all(sends);
    expect(cliq.visiblePosts()).toHaveLength(20);
    expect(cliq.counters().token).toBe(1);
  });

  it("are not requested while Zoho throttles", async () => {
    await using cliq = await startCliqSimulator();
    const sender = senderOf(cliq);
    cliq.faults.set("token_throttled");
    for (let at = 0; at < 5; at += 1) {
      const error: unknown = await sender
        .send(command({ ...generalOf(cliq), text: "x" }), context)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DeliveryError);
      expect(error).toMatchObject({ kind: "transient" });
    }
    expect(cliq.counters().token).toBe(1);
  });

  it("of a strange data centre move no address that was given", async () => {
    await using cliq = await startCliqSimulator({ apiDomain: "https://www.zohoapis.eu" });
    const vault = accountUnderTest().vault;
    const sender = openAgainst(cliq).outbound?.connect(accountUnderTest({ vault }));
    await sender?.send(command({ ...generalOf(cliq), text: "x" }), context);
    expect(cliq.visiblePosts()).toHaveLength(1);
    expect((await vault.read())?.secrets["api_domain"]).toBe("https://www.zohoapis.eu");
  });
});
