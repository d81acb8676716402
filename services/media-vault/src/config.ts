import { blobConfig } from "@mio/blob";
import { busConfig } from "@mio/bus";
import { channelSettings } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { sealingConfig } from "@mio/sealing";
import { baseConfig, bytes, int, text } from "@mio/service-kit";
import { storeConfig } from "@mio/store";
import { z } from "zod";

/** Settings of the media vault; every channel adds its own. */
export const mediaVaultConfig = z.object({
  ...baseConfig,
  ...busConfig,
  ...channelSettings(channels),
  MIO_DURABLE_NAME: text()
    .default("media-vault")
    .describe("Name of the durable consumer; replicas share it."),
  ...blobConfig,
  ...storeConfig,
  MIO_POSTGRES_DSN: storeConfig.MIO_POSTGRES_DSN.optional().describe(
    "Postgres connection string, to fetch with each account's credentials; without it the credentials of the settings are used for all accounts.",
  ),
  ...sealingConfig,
  MIO_SPOOL_DIR: text()
    .optional()
    .describe(
      "Folder for attachments in transit; needs space for MIO_DOWNLOAD_CONCURRENCY of them. Default: the system's temporary folder.",
    ),
  MIO_DOWNLOAD_TIMEOUT_SECONDS: int({ min: 1, max: 3600 })
    .default(60)
    .describe("Time limit in seconds of one attempt to fetch an attachment, and of one attempt to store it."),
  MIO_DOWNLOAD_BUDGET_SECONDS: int({ min: 0, max: 86_400 })
    .default(30)
    .describe(
      "Seconds during which a transient download failure is retried. The message waits meanwhile; other messages of its conversation do not.",
    ),
  MIO_DOWNLOAD_MAX_BYTES: bytes().default(26_214_400).describe("Largest attachment that is stored."),
  MIO_DOWNLOAD_CONCURRENCY: int({ min: 1, max: 1000 })
    .default(16)
    .describe("Attachments fetched at once; at most half for one account, and half from one host."),
  MIO_VAULT_MAX_IN_FLIGHT: int({ min: 1, max: 1000 })
    .default(1000)
    .describe(
      "Inbound messages in progress at once. Messages that wait for attachments do not count: they are on MESSAGES_ATTACHMENTS.",
    ),
});

export type MediaVaultConfig = z.output<typeof mediaVaultConfig>;
