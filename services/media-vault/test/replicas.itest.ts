import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { consumers, ensureConsumer } from "@mio/bus";
import type { Message } from "@mio/proto";
import { MessageRelation_Kind as Kind } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { file, fileBehind } from "./file-server.ts";
import { takeNext } from "./take-next.ts";
import { expectEnriched, expectRequested, openVault, type Vault } from "./vault-fixture.ts";

const base = { accountId: "acc", conversationId: "conv" };
const { stream, durable, pinned } = consumers.mediaVault;

async function publishEdits(vault: Vault, target: string, count: number): Promise<Message[]> {
  const relation = { kind: Kind.EDIT, targetExternalId: target };
  const edits: Message[] = [];
  for (let edit = 1; edit <= count; edit += 1) {
    edits.push(await vault.publish({ ...base, sourceMessageId: `${target}:${edit}`, relation }));
  }
  return edits;
}

test.concurrent("two vaults publish ten edits of a message after it, although its file is slow", async () => {
  await using vault = await openVault();
  const latch = Promise.withResolvers<void>();
  const url = vault.files.serve("/slow", fileBehind(latch.promise, "bytes"));
  const original = await vault.publish({ ...base, sourceMessageId: "o", attachments: [{ url }] });
  await expectRequested(vault.files, "/slow");
  const other = await vault.startAnother();
  try {
    // Both vaults read the queue by now, so the edits go to both.
    await eventually(async () => {
      const { stream_name, num_waiting } = await queueConsumer(vault);
      expect([stream_name, num_waiting]).toEqual(["MESSAGES_ATTACHMENTS", 2]);
    });
    const edits = await publishEdits(vault, "o", 10);
    await eventually(async () => expect((await queueConsumer(vault)).num_ack_pending).toBe(11));
    latch.resolve();
    await expectEnriched(vault, [original.id, ...edits.map(({ id }) => id)]);
  } finally {
    await other.stop();
  }
});

async function queueConsumer(vault: Vault) {
  return await vault.bus.jsm.consumers.info("MESSAGES_ATTACHMENTS", "media-vault-acc");
}

test.concurrent("the next process publishes a crashed process's message before later ones", async () => {
  const messages: Message[] = [];
  await using vault = await openVault({ prepare: (bus) => ensureConsumer(bus, consumers.mediaVault).then() });
  await vault.stop();
  messages.push(await vault.publish({ ...base, sourceMessageId: "o" }));
  // Like a process that crashes before it acknowledges.
  await takeNext(vault.bus, consumers.mediaVault);
  messages.push(...(await publishEdits(vault, "o", 1)), await vault.publish(base));
  await vault.restart();
  const startedAt = performance.now();
  await expectEnriched(
    vault,
    messages.map(({ id }) => id),
  );
  // The pin expires; the lost delivery itself would come only after the ack wait.
  expect(performance.now() - startedAt).toBeLessThan(consumers.mediaVault.ackWaitMs / 2);
});

test.concurrent("the other vault finishes a killed vault's download, and no edit precedes its message", async () => {
  await using vault = await openVault();
  await vault.stop();
  const url = vault.files.serve("/slow", fileBehind(new Promise(() => {}), "never ends"));
  const main = fileURLToPath(import.meta.resolve("../src/main.ts"));
  const env = { ...process.env, ...vault.settings, MIO_OPS_PORT: "0", MIO_LOG_LEVEL: "error" };
  const victim = spawn(process.execPath, ["--conditions=@mio/source", main], { env, stdio: "inherit" });
  const original = await vault.publish({ ...base, sourceMessageId: "o", attachments: [{ url }] });
  await expectRequested(vault.files, "/slow");
  const before = await publishEdits(vault, "o", 2);
  const text = await vault.publish(base);
  await expectEnriched(vault, [text.id]);
  victim.kill("SIGKILL");
  await once(victim, "exit");
  vault.files.serve("/slow", file("complete"));
  await vault.restart();
  const relation = { kind: Kind.REACTION, targetExternalId: "o" };
  const after = await vault.publish({ ...base, sourceMessageId: "o:like", relation });
  const inOrder = [original, ...before, after].map(({ id }) => id);
  await eventually(
    async () => expect((await vault.enriched()).map(({ id }) => id)).toEqual([text.id, ...inOrder]),
    { timeoutMs: 40_000 },
  );
});

test.concurrent("pins the consumer of an earlier version, which continues where it was", async () => {
  await using vault = await openVault({
    prepare: async (bus) => {
      const { pinned: _pinned, ...unpinned } = consumers.mediaVault;
      await ensureConsumer(bus, unpinned);
      const subject = "mio.inbound.zoho_cliq.acc.conv";
      await bus.publisher.publish({ subject, dedupId: "done before", payload: Uint8Array.of(1) });
      const next = await takeNext(bus, unpinned);
      await bus.nc.request(next.reply ?? "", "+ACK");
    },
  });
  const message = await vault.publish(base);
  await expectEnriched(vault, [message.id]);
  const info = await vault.bus.jsm.consumers.info(stream.name, durable);
  expect(info.config).toMatchObject({ priority_policy: "pinned_client", priority_groups: [pinned?.group] });
  // The message before it was not delivered again: it is invalid and would be a dead letter.
  expect((await vault.bus.jsm.streams.info("MESSAGES_DLQ")).state.messages).toBe(0);
});
