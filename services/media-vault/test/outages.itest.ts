import { consumers, streams } from "@mio/bus";
import { Attachment_ErrorCode as Code } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { file, fileBehind } from "./file-server.ts";
import { expectEnriched, expectRequested, openVault, type Vault } from "./vault-fixture.ts";

async function idsOf(vault: Vault): Promise<string[]> {
  return (await vault.enriched()).map((message) => message.id).toSorted();
}

async function pending(vault: Vault): Promise<number> {
  const { durable, stream } = consumers.mediaVault;
  const info = await vault.bus.jsm.consumers.info(stream.name, durable);
  return info.num_pending + info.num_ack_pending;
}

test("loses and duplicates nothing when NATS is killed during downloads", async () => {
  await using vault = await openVault({ durable: true });
  const latch = Promise.withResolvers<void>();
  const published: string[] = [];
  for (let number = 0; number < 5; number += 1) {
    const url = vault.files.serve(`/${number}`, fileBehind(latch.promise, `file ${number}`));
    published.push((await vault.publish({ attachments: [{ url }] })).id, (await vault.publish({})).id);
  }
  await expectRequested(vault.files, "/4");
  await vault.nats.kill();
  latch.resolve();
  await vault.nats.restart();
  await eventually(async () => expect(await idsOf(vault)).toEqual(published.toSorted()), {
    timeoutMs: 30_000,
  });
  const attachments = (await vault.enriched()).flatMap((message) => message.attachments);
  expect(attachments.map(({ errorCode }) => errorCode)).toEqual(Array.from({ length: 5 }, () => Code.OK));
});

test("repeats a download interrupted by a stop after the restart", async () => {
  await using vault = await openVault();
  const url = vault.files.serve("/slow", fileBehind(new Promise(() => {}), "never ends"));
  const message = await vault.publish({ attachments: [{ url }] });
  await expectRequested(vault.files, "/slow");
  vault.files.serve("/slow", file("complete"));
  await vault.restart();
  const [enriched] = await expectEnriched(vault, [message.id]);
  expect(enriched?.attachments[0]).toMatchObject({ errorCode: Code.OK, bytes: 8n });
});

test("publishes a redelivered message once", async () => {
  await using vault = await openVault();
  const base = { accountId: "acc", conversationId: "conv" };
  const first = await vault.publish(base);
  const second = await vault.publish(base);
  await expectEnriched(vault, [first.id, second.id]);
  await eventually(async () => (await pending(vault)) === 0);
  await vault.bus.jsm.consumers.delete(streams.inbound.name, consumers.mediaVault.durable);
  await eventually(
    () => vault.logs().matching({ msg: "message.enriched", outcome: "duplicate" }).length >= 2,
    { timeoutMs: 40_000 },
  );
  const third = await vault.publish(base);
  await expectEnriched(vault, [first.id, second.id, third.id]);
});

test("stores an invalid message as a dead letter without delaying others", async () => {
  await using vault = await openVault();
  const subject = "mio.inbound.zoho_cliq.acc.conv";
  await vault.bus.publisher.publish({ subject, dedupId: "inb:acc:junk", payload: Uint8Array.of(0xff, 0xff) });
  const message = await vault.publish({});
  await expectEnriched(vault, [message.id]);
  await eventually(async () => {
    const { state } = await vault.bus.jsm.streams.info(streams.deadLetters.name);
    expect(state.messages).toBe(1);
  });
  await eventually(async () => (await pending(vault)) === 0);
});
