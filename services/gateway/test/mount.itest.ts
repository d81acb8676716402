import { createLogger } from "@mio/service-kit";
import { captureLogs } from "@mio/testkit";
import { expect, it } from "vitest";
import { cliqText, gatewayFixture } from "./support.ts";

it("leaves a channel without its secret out, names the file, and serves the others", async () => {
  const logs = captureLogs();
  const logger = createLogger({ service: "gateway", level: "info", destination: logs.destination });
  await using gateway = await gatewayFixture({
    env: { MIO_ENV: "staging" },
    accounts: [{ channelType: "slack", externalId: "T1" }],
    logger,
  });
  const toSlack = await gateway.post(
    { type: "url_verification", challenge: "c" },
    { path: "/webhooks/slack" },
  );
  expect(toSlack).toMatchObject({ status: 404, body: { error: "unknown channel" } });
  for (const path of ["/webhooks/zoho-cliq", "/cliq"]) {
    expect(await gateway.post(cliqText(), { path })).toMatchObject({ status: 200 });
  }
  const refused = logs.matching({ channel: "slack", missing_file: "slack-webhook-secret" });
  expect(refused).toMatchObject([{ level: "error", msg: expect.stringContaining("MIO_SECRETS_DIR") }]);
});
