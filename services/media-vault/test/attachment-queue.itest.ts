import { ensureStreams, openBus } from "@mio/bus";
import { MessageRelation_Kind as Kind } from "@mio/proto";
import { aMessage, type MessageFields, testNats } from "@mio/testkit";
import { expect, test } from "vitest";
import { createAttachmentQueue } from "../src/queue/attachment-queue.ts";

async function openWorld() {
  await using opening = new AsyncDisposableStack();
  const nats = opening.use(await testNats());
  const bus = opening.use(await openBus({ servers: nats.url, name: "queue" }));
  await ensureStreams(bus, { replicas: 1, storage: nats.storage });
  const queue = createAttachmentQueue(bus);
  const add = async (fields: MessageFields): Promise<number> => {
    const message = aMessage({ ...place, ...fields });
    const { sequence } = await bus.publisher.publish(queue.publicationOf(message, Uint8Array.of(1)));
    return sequence;
  };
  const opened = opening.move();
  return { queue, add, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const place = { accountId: "acc", conversationId: "conv" };
const about = (kind: Kind, targetExternalId: string, fields: MessageFields = {}) =>
  aMessage({ ...place, ...fields, relation: { kind, targetExternalId } });

test("has the target of an event about a waiting message, and no other", async () => {
  await using world = await openWorld();
  const { queue } = world;
  await world.add({ sourceMessageId: "o" });
  await world.add({ sourceMessageId: "o:1", relation: { kind: Kind.EDIT, targetExternalId: "older" } });
  await world.add({ sourceMessageId: "r", relation: { kind: Kind.REPLY, targetExternalId: "parent" } });
  for (const kind of [Kind.EDIT, Kind.DELETE, Kind.REACTION, Kind.PIN, Kind.REPLY]) {
    expect(await queue.holdsTargetOf(about(kind, "o"))).toBe(true);
  }
  // An earlier edit of a message that is no longer on the queue, and a reply by its own id.
  expect(await queue.holdsTargetOf(about(Kind.DELETE, "older"))).toBe(true);
  expect(await queue.holdsTargetOf(about(Kind.EDIT, "r"))).toBe(true);
  expect(await queue.holdsTargetOf(about(Kind.REPLY, "parent"))).toBe(false);
  expect(await queue.holdsTargetOf(about(Kind.EDIT, "another"))).toBe(false);
  expect(await queue.holdsTargetOf(about(Kind.EDIT, "o", { accountId: "other" }))).toBe(false);
  expect(await queue.holdsTargetOf(about(Kind.EDIT, "o", { conversationId: "other" }))).toBe(false);
  expect(await queue.holdsTargetOf(aMessage({ ...place, sourceMessageId: "o" }))).toBe(false);
});

test("a precursor is an earlier event about the target or the message itself", async () => {
  await using world = await openWorld();
  const { queue } = world;
  const original = await world.add({ sourceMessageId: "o" });
  const reply = await world.add({
    sourceMessageId: "r",
    relation: { kind: Kind.REPLY, targetExternalId: "o" },
  });
  const edit = about(Kind.EDIT, "r");
  expect(await queue.holdsPrecursorOf(edit, reply + 1)).toBe(true);
  expect(await queue.holdsPrecursorOf(edit, reply)).toBe(false);
  expect(await queue.holdsPrecursorOf(about(Kind.REPLY, "o", { sourceMessageId: "r" }), reply)).toBe(true);
  // Events about a reply follow the reply, even if it answers another message.
  const again = about(Kind.REPLY, "elsewhere", { sourceMessageId: "r" });
  expect(await queue.holdsPrecursorOf(again, reply + 1)).toBe(true);
  expect(await queue.holdsPrecursorOf(about(Kind.EDIT, "o"), original)).toBe(false);
  const text = aMessage({ ...place, sourceMessageId: "o" });
  expect(await queue.holdsPrecursorOf(text, reply + 5)).toBe(false);
});

test.each(["a.b", "*", ">", "a b", "ü", "x".repeat(5_000), " "])("accepts the source id %j", async (id) => {
  await using world = await openWorld();
  await world.add({ sourceMessageId: id });
  expect(await world.queue.holdsTargetOf(about(Kind.EDIT, id))).toBe(true);
  expect(await world.queue.holdsTargetOf(about(Kind.EDIT, `${id}x`))).toBe(false);
});

test("a subject contains channel, account and conversation", () => {
  const queue = createAttachmentQueue({ jsm: Reflect.get({}, "jsm") });
  const message = aMessage({ ...place, id: "m1", channelType: "slack", sourceMessageId: "o" });
  const publication = queue.publicationOf(message, Uint8Array.of(7));
  expect(publication).toEqual({
    subject: expect.stringMatching(/^mio\.attachments\.slack\.acc\.conv\.[0-9a-f]{32}$/),
    dedupId: "enr:m1",
    payload: Uint8Array.of(7),
  });
});
