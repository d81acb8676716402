import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLogger } from "@mio/service-kit";
import { captureLogs } from "@mio/testkit";
import { expect, it } from "vitest";
import { cliqText, type GatewayFixture, gatewayFixture } from "./support.ts";

const secret = "slack-signing-secret";
const logged = () => {
  const logs = captureLogs();
  return { logs, logger: createLogger({ service: "gateway", level: "info", destination: logs.destination }) };
};
const postToSlack = (gateway: GatewayFixture) => {
  const body = JSON.stringify({ type: "url_verification", challenge: "c" });
  const time = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${time}:${body}`).digest("hex")}`;
  const headers = { "x-slack-request-timestamp": time, "x-slack-signature": signature };
  return gateway.post(body, { path: "/webhooks/slack", signature: "", headers });
};

it("answers 503 until a secret file appears, then accepts events", async () => {
  const env = { MIO_ENV: "staging" };
  await using gateway = await gatewayFixture({ env, accounts: [{ channelType: "slack", externalId: "T1" }] });
  const refused = await postToSlack(gateway);
  expect(refused).toMatchObject({ status: 503, body: { error: "not configured" } });
  expect(refused.headers.get("retry-after")).toBe("60");
  for (const path of ["/webhooks/zoho-cliq", "/cliq"]) {
    expect(await gateway.post(cliqText(), { path })).toMatchObject({ status: 200 });
  }
  await writeFile(join(gateway.secretsDir, "slack-webhook-secret"), secret);
  await expect.poll(async () => (await postToSlack(gateway)).status, { interval: 200 }).toBe(200);
});

it("logs once, not as an error, the missing secret of a channel that works without webhooks", async () => {
  const { logs, logger } = logged();
  await using _gateway = await gatewayFixture({
    env: { MIO_ENV: "staging" },
    accounts: [{ channelType: "slack", externalId: "T1" }],
    logger,
  });
  expect(logs.matching({ channel: "slack", missing_file: "slack-webhook-secret" })).toMatchObject([
    { level: "info", msg: expect.stringContaining("MIO_SECRETS_DIR") },
  ]);
  expect(logs.matching({ level: "error" })).toEqual([]);
});

it("logs the name of the missing secret of a channel with accounts", async () => {
  const { logs, logger } = logged();
  await using _gateway = await gatewayFixture({
    env: { MIO_ENV: "staging" },
    withSecret: false,
    secrets: { "slack-webhook-secret": secret },
    logger,
  });
  expect(logs.matching({ level: "error" })).toMatchObject([
    { channel: "zoho_cliq", missing_file: "cliq-webhook-secret", msg: expect.stringContaining("no_secret") },
  ]);
});

it("logs an account whose channel does not exist, and the workspace of an unclaimed event", async () => {
  const { logs, logger } = logged();
  await using gateway = await gatewayFixture({ logger });
  const id = await gateway.addAccount({ channelType: "slak", externalId: "T1" });
  await expect
    .poll(() => logs.matching({ msg: "account.unknown_channel" }))
    .toMatchObject([{ level: "warn", account_id: id, channel: "slak" }]);
  await gateway.post(cliqText("lost", { user: { id: "1", organization_id: "777" } }));
  expect(logs.matching({ msg: "message.unroutable" })).toMatchObject([
    { reason: "other_workspace", workspace: "777" },
  ]);
});
