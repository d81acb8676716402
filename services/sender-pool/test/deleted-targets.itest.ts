import { deletionIdOf, newId } from "@mio/envelope";
import {
  DeliveryReceipt_State,
  SendCommand_EditFallback as Fallback,
  MessageRelation_Kind as Kind,
  SendCommand_Stage as Stage,
} from "@mio/proto";
import { eventually } from "@mio/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";
import { storeMessage } from "./store-message.ts";

const { SENT, SUPPRESSED } = DeliveryReceipt_State;
const pointless = { state: SUPPRESSED, reason: "target_deleted", code: "delivery.suppressed" };

let fixture: PoolFixture;
beforeAll(async () => {
  fixture = await openPoolFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** A message on record, with ways to answer it and to record that it is gone. */
async function aQuestion() {
  const conversationId = newId();
  const sourceId = `1790000000000_${newId()}`;
  const messageId = await storeMessage(fixture, conversationId, sourceId);
  return {
    conversationId,
    sourceId,
    messageId,
    editOfIt: () => storeMessage(fixture, conversationId, `${sourceId}:edit:1`),
    remove: () => storeMessage(fixture, conversationId, deletionIdOf(sourceId)),
    answer: (fields: Parameters<PoolFixture["command"]>[0] = {}) =>
      fixture.command({ conversationId, text: "an answer", ...fields }),
  };
}

type Question = Awaited<ReturnType<typeof aQuestion>>;

describe("an answer to a message that was deleted", () => {
  it.each([
    ["replied_to", async ({ messageId }: Question) => ({ attributes: { replied_to: messageId } })],
    [
      "replied_to and a thread",
      async ({ messageId }: Question) => ({
        attributes: { replied_to: messageId },
        threadRootMessageId: messageId,
      }),
    ],
    [
      "the platform's id in replied_to",
      async ({ sourceId }: Question) => ({ attributes: { replied_to: sourceId } }),
    ],
    [
      "a reply",
      async ({ messageId }: Question) => ({
        relation: { kind: Kind.REPLY, targetMessageId: messageId },
      }),
    ],
    [
      "a reply to the platform's id",
      async ({ sourceId }: Question) => ({
        relation: { kind: Kind.REPLY, targetExternalId: sourceId },
      }),
    ],
    ["a thread", async ({ messageId }: Question) => ({ threadRootMessageId: messageId })],
    [
      "replied_to with an edit of it",
      async ({ editOfIt }: Question) => ({
        attributes: { replied_to: await editOfIt() },
      }),
    ],
  ])("that it names by %s is not posted", async (_how, naming) => {
    const platform = scriptedPlatform();
    const question = await aQuestion();
    const answer = question.answer(await naming(question));
    await question.remove();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    await fixture.publish(answer);
    expect(await fixture.receipt(answer.id)).toMatchObject({ ...pointless, externalIds: [], attempts: 0 });
    expect(platform.calls).toEqual([]);
    expect(await fixture.deadLetters()).toEqual([]);
    // Once more, from the record.
    await fixture.publish(answer, newId());
    await eventually(async () => expect(await fixture.left()).toBe(0));
    expect(platform.calls).toEqual([]);
  });

  it("is posted when another message was deleted, or one of another account", async () => {
    const platform = scriptedPlatform();
    const [question, other] = [await aQuestion(), await aQuestion()];
    await other.remove();
    const accountId = await fixture.anAccount();
    await storeMessage({ ...fixture, accountId }, newId(), deletionIdOf(question.sourceId));
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const answer = question.answer({ attributes: { replied_to: question.messageId } });
    await fixture.publish(answer);
    expect(await fixture.receipt(answer.id)).toMatchObject({ state: SENT });
  });

  it("is posted in a thread whose first message was deleted, when it answers another", async () => {
    const platform = scriptedPlatform();
    const root = await aQuestion();
    const reply = await storeMessage(fixture, root.conversationId, `1790000000001_${newId()}`);
    await root.remove();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const answer = root.answer({ threadRootMessageId: root.messageId, attributes: { replied_to: reply } });
    await fixture.publish(answer);
    expect(await fixture.receipt(answer.id)).toMatchObject({ state: SENT });
  });

  it("is not retried after a failure when the message was deleted in the meantime", async () => {
    const platform = scriptedPlatform();
    const question = await aQuestion();
    platform.answer = async () => {
      await question.remove();
      throw new Error("the connection broke");
    };
    platform.reconciliation = { kind: "absent" };
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const answer = question.answer({ attributes: { replied_to: question.messageId } });
    await fixture.publish(answer);
    expect(await fixture.receipt(answer.id)).toMatchObject({ ...pointless, attempts: 1 });
    expect(platform.callsOf(answer.id)).toHaveLength(1);
  });

  it("stays when it was posted before, and its later edits are delivered", async () => {
    const platform = scriptedPlatform({ methods: ["remove"] });
    const question = await aQuestion();
    await using _pool = await fixture.startPool({ channels: [platform.channel] });
    const attributes = { replied_to: question.messageId };
    const answer = question.answer({ attributes });
    await fixture.publish(answer);
    expect(await fixture.receipt(answer.id)).toMatchObject({ state: SENT });
    await question.remove();
    const edits = [Stage.UNSPECIFIED, Stage.FINAL].map((stage) =>
      question.answer({ attributes, stage, text: `withdrawn ${stage}`, editOfMessageId: answer.id }),
    );
    const removal = question.answer({
      attributes,
      relation: { kind: Kind.DELETE, targetMessageId: answer.id },
    });
    for (const change of [...edits, removal]) {
      await fixture.publish(change);
      expect(await fixture.receipt(change.id)).toMatchObject({ state: SENT });
    }
  });

  it("stops growing, and gets the mark of an interrupted answer", async () => {
    const platform = scriptedPlatform();
    const question = await aQuestion();
    const env = { MIO_INTERIM_TIMEOUT: "2s" };
    await using _pool = await fixture.startPool({ channels: [platform.channel], env });
    const attributes = { replied_to: question.messageId };
    const post = question.answer({ attributes, text: "Once", stage: Stage.PARTIAL });
    await fixture.publish(post);
    expect(await fixture.receipt(post.id)).toMatchObject({ state: SENT });
    await question.remove();
    const growing = [Stage.PARTIAL, Stage.FINAL].map((stage) =>
      question.answer({
        ...{ attributes, stage, text: `Once upon a time ${stage}` },
        ...{ editOfMessageId: post.id, editFallback: Fallback.DROP },
      }),
    );
    for (const edit of growing) {
      await fixture.publish(edit);
      expect(await fixture.receipt(edit.id)).toMatchObject(pointless);
    }
    await eventually(() => platform.calls.length === 2);
    expect(platform.calls.map(({ method, command }) => [method, command.text])).toEqual([
      ["send", "Once"],
      ["edit", "Once\n\n_(interrupted)_"],
    ]);
  });
});
