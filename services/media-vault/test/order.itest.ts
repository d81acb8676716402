import { MessageRelation_Kind as Kind } from "@mio/proto";
import { expect, test } from "vitest";
import { fileBehind } from "./file-server.ts";
import { expectEnriched, expectRequested, openVault, type Vault } from "./vault-fixture.ts";

const base = { accountId: "acc", conversationId: "conv" };

/** Publishes a message whose download waits for the returned latch, and waits until it is in progress. */
async function publishSlow(vault: Vault, name: string) {
  const latch = Promise.withResolvers<void>();
  const url = vault.files.serve(`/${name}`, fileBehind(latch.promise, `bytes of ${name}`));
  const message = await vault.publish({
    ...base,
    sourceMessageId: name,
    attachments: [{ url, filename: "a.png" }],
  });
  await expectRequested(vault.files, `/${name}`);
  return { message, arrive: () => latch.resolve() };
}

test("text overtakes a download, in the same conversation and in others", async () => {
  await using vault = await openVault();
  const slow = await publishSlow(vault, "slow");
  // In sequence, because conversations have no order among them.
  const same = await vault.publish({ ...base, text: "same conversation" });
  await expectEnriched(vault, [same.id]);
  const other = await vault.publish({ ...base, conversationId: "elsewhere" });
  await expectEnriched(vault, [same.id, other.id]);
  const stranger = await vault.publish({ accountId: "other", sourceMessageId: "slow" });
  await expectEnriched(vault, [same.id, other.id, stranger.id]);
  slow.arrive();
  await expectEnriched(vault, [same.id, other.id, stranger.id, slow.message.id]);
});

test("text overtakes more downloads than may run at once", async () => {
  await using vault = await openVault({ env: { MIO_DOWNLOAD_CONCURRENCY: "1" } });
  const slow = await publishSlow(vault, "slow");
  const url = vault.files.serve("/queued", fileBehind(Promise.resolve(), "queued"));
  const queued = await vault.publish({ ...base, attachments: [{ url }] });
  const text = await vault.publish(base);
  await expectEnriched(vault, [text.id]);
  expect(vault.files.requests("/queued")).toBe(0);
  slow.arrive();
  await expectEnriched(vault, [text.id, slow.message.id, queued.id]);
});

test.each(["EDIT", "DELETE", "REACTION", "REPLY"] as const)(
  "%s waits for the download of its target",
  async (kind) => {
    await using vault = await openVault();
    const slow = await publishSlow(vault, "slow");
    const relation = { kind: Kind[kind], targetExternalId: "slow" };
    const event = await vault.publish({ ...base, sourceMessageId: "later", relation });
    const text = await vault.publish(base);
    await expectEnriched(vault, [text.id]);
    slow.arrive();
    await expectEnriched(vault, [text.id, slow.message.id, event.id]);
  },
);

test("an edit of a reply waits for the reply's own download; other replies do not wait", async () => {
  await using vault = await openVault();
  const parent = await vault.publish({ ...base, sourceMessageId: "parent" });
  await expectEnriched(vault, [parent.id]);
  const toParent = { kind: Kind.REPLY, targetExternalId: "parent" };
  const latch = Promise.withResolvers<void>();
  const url = vault.files.serve("/reply", fileBehind(latch.promise, "bytes"));
  const reply = await vault.publish({
    ...base,
    sourceMessageId: "r",
    relation: toParent,
    attachments: [{ url }],
  });
  await expectRequested(vault.files, "/reply");
  const relation = { kind: Kind.EDIT, targetExternalId: "r" };
  const edit = await vault.publish({ ...base, sourceMessageId: "r:1", relation });
  const otherReply = await vault.publish({ ...base, relation: toParent });
  await expectEnriched(vault, [parent.id, otherReply.id]);
  latch.resolve();
  await expectEnriched(vault, [parent.id, otherReply.id, reply.id, edit.id]);
});

test("a message that needs a queue lookup is not overtaken by one that needs none", async () => {
  await using vault = await openVault();
  const first = await vault.publish(base);
  await expectEnriched(vault, [first.id]);
  const relation = { kind: Kind.REPLY, targetExternalId: "long ago" };
  const talk = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? { ...base, relation } : base));
  // All at once, so that the vault has many of them in progress.
  const published = await Promise.all(talk.map((fields) => vault.publish(fields)));
  await expectEnriched(vault, [first.id, ...published.map(({ id }) => id)]);
});
