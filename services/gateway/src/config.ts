import { busConfig } from "@mio/bus";
import { channelSettings } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { sealingConfig } from "@mio/sealing";
import { baseConfig, bytes, durationMs, flag, int, port, text, uuid } from "@mio/service-kit";
import { storeConfig } from "@mio/store";
import { z } from "zod";

const minMessageRetentionMs = 7 * 86_400_000;

/** Settings of the gateway; every channel adds its own. */
export const gatewayConfig = z
  .object({
    ...baseConfig,
    ...channelSettings(channels),
    MIO_HOST: text().default("0.0.0.0").describe("Address the webhook port binds."),
    MIO_PORT: port().default(8080).describe("Port of the webhooks; the only public one."),
    ...busConfig,
    ...storeConfig,
    ...sealingConfig,
    MIO_MIGRATE_ON_START: flag().default(true).describe("Bring the database schema up to date at start."),
    MIO_SECRETS_DIR: text()
      .default("/etc/mio/secrets")
      .describe("Folder of webhook secrets, one file each; changes take effect within two seconds."),
    MIO_TENANT_ID: uuid().optional().describe("Development only: tenant of webhooks that no account claims."),
    MIO_ACCOUNT_ID: uuid()
      .optional()
      .describe("Development only: account of webhooks that no account claims."),
    MIO_MAX_BODY_BYTES: bytes()
      .default(1_048_576)
      .describe("Largest webhook body; a longer one is answered 413."),
    MIO_MAX_CONCURRENT_WEBHOOKS: int({ min: 1, max: 100_000 })
      .default(2048)
      .describe(
        "Webhooks handled at once; above it the answer is 503 with Retry-After. Above four times as many connections, new ones are reset.",
      ),
    MIO_MAX_WEBHOOK_BYTES_IN_PROGRESS: bytes()
      .default(64 * 1_048_576)
      .describe(
        "Bytes received of all webhook bodies in progress; above it the answer is 503 with Retry-After.",
      ),
    MIO_PUBLISH_WAIT: durationMs()
      .default(2000)
      .describe(
        "How long a webhook waits for the bus; after that the relay publishes and the answer is 200.",
      ),
    MIO_SOCKET_SILENT_AFTER: durationMs()
      .default(12 * 3_600_000)
      .describe(
        "How long an open socket may be without events before readiness and the log report it as silent.",
      ),
    MIO_RELAY_ENABLED: flag()
      .default(true)
      .describe(
        "Publish events that the bus did not confirm. Off only in tests that prove the relay is needed.",
      ),
    MIO_RELAY_AGE: durationMs()
      .default(2000)
      .describe("Age at which the relay publishes an unconfirmed event of any gateway."),
    MIO_MESSAGE_RETENTION: durationMs()
      .default(90 * 86_400_000)
      .describe(
        "How long inbound messages are kept: to recognise a redelivery, to answer a message by its id, and to resolve the root of a thread. At least 7d.",
      ),
  })
  .superRefine((config, context) => {
    if (config.MIO_MESSAGE_RETENTION < minMessageRetentionMs) {
      const message = "must be at least 7d, which is how long agents can read a message";
      context.addIssue({ code: "custom", path: ["MIO_MESSAGE_RETENTION"], message });
    }
    const problem = (message: string): void =>
      context.addIssue({ code: "custom", path: ["MIO_ACCOUNT_ID"], message });
    const { MIO_ENV, MIO_TENANT_ID, MIO_ACCOUNT_ID } = config;
    if ((MIO_TENANT_ID === undefined) !== (MIO_ACCOUNT_ID === undefined)) {
      problem("set both MIO_TENANT_ID and MIO_ACCOUNT_ID, or neither");
    }
    if (MIO_ACCOUNT_ID !== undefined && MIO_ENV !== "dev") {
      problem("works with MIO_ENV=dev only; elsewhere an event needs an account of its workspace");
    }
  });

export type GatewayConfig = z.output<typeof gatewayConfig>;
