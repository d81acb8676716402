import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { newId } from "@mio/envelope";
import { Attachment_ErrorCode as Code } from "@mio/proto";
import { startCliqSimulator } from "@mio/simulator-zoho-cliq";
import { eventually } from "@mio/testkit";
import { expect, test } from "vitest";
import { type Answer, file, refusal } from "./file-server.ts";
import { expectEnriched, openVault, type Vault } from "./vault-fixture.ts";

const receivedAt = timestampFromDate(new Date("2026-05-09T12:00:00Z"));
const sha256Of = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function enrichOne(vault: Vault, answer: Answer) {
  const url = vault.files.serve("/file", answer);
  const message = await vault.publish({ receivedAt, attachments: [{ url, filename: "päge.png" }] });
  const [enriched] = await expectEnriched(vault, [message.id]);
  return { message, url, attachment: enriched?.attachments[0] };
}

test("stores an attachment under its hash and writes the location into the message", async () => {
  await using vault = await openVault();
  const { message, url, attachment } = await enrichOne(vault, file("picture"));
  const sha256 = sha256Of("picture");
  expect(attachment).toMatchObject({
    url,
    filename: "päge.png",
    contentSha256: sha256,
    bytes: 7n,
    mime: "image/png",
    errorCode: Code.OK,
  });
  const key = `mio/attachments/channel_type=zoho_cliq/date=2026-05-09/${sha256.slice(0, 2)}/${sha256}.png`;
  expect(attachment?.storageKey).toMatch(new RegExp(`^file:///.*/${key}$`));
  expect(await readFile(fileURLToPath(attachment?.storageKey ?? ""), "utf8")).toBe("picture");
  const [stat] = await vault.stored();
  expect(stat).toMatchObject({
    key,
    contentType: "image/png",
    metadata: { message_id: message.id, account_id: message.accountId, filename: "päge.png", bytes: "7" },
  });
});

test("the same bytes twice are one object", async () => {
  await using vault = await openVault();
  const attachments = [1, 2].map((number) => ({ url: vault.files.serve(`/${number}`, file("same")) }));
  const tenantId = newId();
  const message = await vault.publish({ tenantId, receivedAt, attachments });
  const [enriched] = await expectEnriched(vault, [message.id]);
  const again = await vault.publish({ tenantId, receivedAt, attachments: attachments.slice(0, 1) });
  const [, second] = await expectEnriched(vault, [message.id, again.id]);
  const keys = [...(enriched?.attachments ?? []), ...(second?.attachments ?? [])].map(
    (one) => one.storageKey,
  );
  expect(new Set(keys).size).toBe(1);
  expect(await vault.stored()).toHaveLength(1);
  expect(await vault.metrics()).toContain('mio_attachment_dedup_hits_total{channel_type="zoho_cliq"} 2');
});

const expired = JSON.stringify({ code: "attachment_access_time_expired" });
const breaksOff: Answer = (response) => {
  response.writeHead(200, { "content-type": "image/png", "content-length": 100 }).write("half");
  setImmediate(() => response.destroy());
};

test.each([
  ["too large", file("x".repeat(101)), Code.TOO_LARGE],
  ["expired", refusal(400, expired), Code.EXPIRED],
  ["gone", refusal(404), Code.NOT_FOUND],
  ["forbidden", refusal(403), Code.FORBIDDEN],
  ["a login page", file("<html>sign in</html>", "text/html; charset=utf-8"), Code.FORBIDDEN],
  ["never there", refusal(503), Code.TIMEOUT],
  ["broken off", breaksOff, Code.TIMEOUT],
  ["silent", () => {}, Code.TIMEOUT],
])("publishes a message whose file is %s with the reason", async (_what, answer, errorCode) => {
  const env = {
    MIO_DOWNLOAD_MAX_BYTES: "100",
    MIO_DOWNLOAD_BUDGET_SECONDS: "0",
    MIO_DOWNLOAD_TIMEOUT_SECONDS: "1",
  };
  await using vault = await openVault({ env });
  const { attachment, url } = await enrichOne(vault, answer);
  expect(attachment).toMatchObject({ url, storageKey: "", contentSha256: "", errorCode });
  expect(await vault.stored()).toEqual([]);
});

test("stores a file that is missing at first", async () => {
  await using vault = await openVault();
  const url = vault.files.serve("/late", refusal(503));
  const message = await vault.publish({ attachments: [{ url }] });
  await eventually(() => vault.files.requests("/late") > 0);
  vault.files.serve("/late", file("here now"));
  const [enriched] = await expectEnriched(vault, [message.id]);
  expect(enriched?.attachments[0]?.errorCode).toBe(Code.OK);
});

test("marks attachments of a channel without a fetcher as forbidden", async () => {
  await using vault = await openVault();
  const url = vault.files.serve("/file", file("x"));
  const message = await vault.publish({ channelType: "discord", attachments: [{ url }] });
  const [enriched] = await expectEnriched(vault, [message.id]);
  expect(enriched?.attachments[0]?.errorCode).toBe(Code.FORBIDDEN);
  expect(vault.files.requests("/file")).toBe(0);
  expect(vault.logs().lines).toContainEqual(
    expect.objectContaining({
      msg: "message.enriched",
      attachments: [expect.objectContaining({ outcome: "no_fetcher" })],
    }),
  );
});

test("fetches a file posted in Cliq with the bot's token", async () => {
  await using cliq = await startCliqSimulator({});
  const { oauth, apiBaseUrl, oauthUrl, bot } = cliq;
  const env = {
    CLIQ_API_BASE_URL: apiBaseUrl,
    CLIQ_OAUTH_URL: oauthUrl,
    CLIQ_CLIENT_ID: oauth.clientId,
    CLIQ_CLIENT_SECRET: oauth.clientSecret,
    CLIQ_REFRESH_TOKEN: oauth.refreshToken,
    CLIQ_BOT_NAME: bot.uniqueName,
  };
  await using vault = await openVault({ env });
  const bytes = Buffer.from("a holiday");
  await cliq.postFile({ chat: "general", user: "Ana", name: "sea.jpg", mime: "image/jpeg", bytes });
  const token = cliq.messages("general")[0]?.file?.token ?? "";
  const url = new URL(`/api/v2/files/${token}`, apiBaseUrl).href;
  const message = await vault.publish({ attachments: [{ url, filename: "sea.jpg" }] });
  const [enriched] = await expectEnriched(vault, [message.id]);
  expect(enriched?.attachments[0]).toMatchObject({
    errorCode: Code.OK,
    contentSha256: sha256Of(bytes),
    storageKey: expect.stringMatching(/\.jpg$/),
  });
});
