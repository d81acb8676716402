import { Attachment_ErrorCode as Code } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { type Answer, file, startFileServer } from "./file-server.ts";
import { expectEnriched, openVault, type Vault } from "./vault-fixture.ts";

/** More than the vault may have in progress, and more than its consumer may have unacknowledged. */
const files = 1_100;
const hanging: Answer = () => {};

async function publishFlood(vault: Vault): Promise<void> {
  const publishing = Array.from({ length: files }, (_, index) => {
    const url = vault.files.serve(`/hangs/${index}`, hanging);
    return vault.publish({ accountId: "flood", conversationId: "c", attachments: [{ url }] });
  });
  await Promise.all(publishing);
}

test(`${files} hanging attachments delay no text, not even of their account, and no other account's file`, async () => {
  await using vault = await openVault();
  await using otherHost = await startFileServer();
  await publishFlood(vault);
  await eventually(async () => expect(await vault.metrics()).toContain(`outcome="queued"} ${files}`));
  const url = otherHost.serve("/fine", file("bytes"));
  const sent = [
    await vault.publish({ accountId: "flood", conversationId: "c" }),
    await vault.publish({ accountId: "other", conversationId: "c" }),
    await vault.publish({ accountId: "other", conversationId: "c", attachments: [{ url }] }),
  ];
  const enriched = await eventually(async () => {
    const messages = await vault.enriched();
    expect(new Set(messages.map(({ id }) => id))).toEqual(new Set(sent.map(({ id }) => id)));
    return messages;
  });
  expect(enriched.flatMap(({ attachments }) => attachments)).toMatchObject([{ errorCode: Code.OK }]);
  // Half of the downloads at once, and only a few messages in memory: the others stay on the stream.
  await eventually(async () => {
    expect(await vault.metrics()).toContain("mio_attachment_inflight 8\n");
    const { consumers } = vault.bus.jsm;
    const { num_ack_pending, num_pending } = await consumers.info(
      "MESSAGES_ATTACHMENTS",
      "media-vault-flood",
    );
    expect([num_ack_pending, num_pending]).toEqual([32, files - 32]);
  });
  const stoppedAt = performance.now();
  await vault.stop();
  // The grace is one second.
  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
});

test("a queued message survives the vault, and the next vault enriches it without further traffic", async () => {
  await using vault = await openVault();
  const url = vault.files.serve("/file", hanging);
  const message = await vault.publish({ accountId: "acc", conversationId: "c", attachments: [{ url }] });
  await eventually(() => vault.files.requests("/file") > 0);
  await vault.stop();
  vault.files.serve("/file", file("bytes"));
  await vault.restart();
  await eventually(async () => {
    const enriched = await vault.enriched();
    expect(enriched.map(({ id }) => id)).toEqual([message.id]);
    expect(enriched[0]?.attachments[0]?.errorCode).toBe(Code.OK);
  });
});

test("a hanging host with files of many accounts leaves half of the downloads to other hosts", async () => {
  await using vault = await openVault();
  await using otherHost = await startFileServer();
  const accounts = Array.from({ length: 20 }, (_, index) => `account-${index}`);
  for (const accountId of accounts) {
    const url = vault.files.serve(`/hangs/${accountId}`, hanging);
    await vault.publish({ accountId, conversationId: "c", attachments: [{ url }] });
  }
  await eventually(async () => {
    expect(await vault.metrics()).toContain("mio_attachment_waiting 12\n");
    expect(await vault.metrics()).toContain("mio_attachment_inflight 8\n");
  });
  const url = otherHost.serve("/fine", file("bytes"));
  const fine = await vault.publish({ accountId: "other", conversationId: "c", attachments: [{ url }] });
  const [enriched] = await expectEnriched(vault, [fine.id]);
  expect(enriched?.attachments).toMatchObject([{ errorCode: Code.OK }]);
});
