import { streams } from "@mio/bus";
import { decodeMessage, newId } from "@mio/envelope";
import { MessageRelation_Kind as Kind, type Message, SendCommand_Stage as Stage } from "@mio/proto";
import { expect, it } from "vitest";
import { openPoolFixture, type PoolFixture } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

async function shown({ bus }: PoolFixture): Promise<readonly Message[]> {
  const { state } = await bus.jsm.streams.info(streams.enriched.name);
  const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index);
  const stored = await Promise.all(
    sequences.map((seq) => bus.jsm.streams.getMessage(streams.enriched.name, { seq })),
  );
  return stored.flatMap((entry) => (entry === null ? [] : [decodeMessage(entry.data)]));
}

async function converse(fixture: PoolFixture, env: Record<string, string>): Promise<readonly Message[]> {
  const platform = scriptedPlatform({ methods: ["remove", "react"] });
  await using _pool = await fixture.startPool({ channels: [platform.channel], env });
  const conversationId = newId();
  const post = fixture.command({ conversationId, text: "thinking…", stage: Stage.PLACEHOLDER });
  const edit = fixture.command({ conversationId, text: "42", stage: Stage.FINAL, editOfMessageId: post.id });
  const about = { targetMessageId: post.id };
  const react = fixture.command({
    conversationId,
    relation: { kind: Kind.REACTION, reactionEmoji: "tada", ...about },
  });
  const remove = fixture.command({ conversationId, relation: { kind: Kind.DELETE, ...about } });
  for (const command of [post, edit, react, remove]) {
    await fixture.publish(command);
    await fixture.receipt(command.id);
  }
  // Delivered again, it is published once.
  await fixture.publish(edit, newId());
  const last = fixture.command({ conversationId, text: "anything else?" });
  await fixture.publish(last);
  await fixture.receipt(last.id);
  return await shown(fixture);
}

it("shows other agents the final text, as a bot message and once", async () => {
  await using fixture = await openPoolFixture();
  const messages = await converse(fixture, { MIO_REINJECT_SENDS: "true" });
  expect(messages.map(({ text, relation }) => [text, relation?.kind])).toEqual([
    ["42", Kind.EDIT],
    ["", Kind.DELETE],
    ["anything else?", undefined],
  ]);
  expect(messages.every(({ sender, accountId }) => sender?.isBot && accountId === fixture.accountId)).toBe(
    true,
  );
  expect(messages.map(({ attributes }) => attributes["mio_command_id"])).not.toContain(undefined);
});

it("shows nothing by default", async () => {
  await using fixture = await openPoolFixture();
  expect(await converse(fixture, {})).toEqual([]);
});
