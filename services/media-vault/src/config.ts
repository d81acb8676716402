import { assertBlobKey } from "@mio/blob";
import { busConfig } from "@mio/bus";
import { channelSettings } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { baseConfig, bytes, int, text, url } from "@mio/service-kit";
import { z } from "zod";

/** Settings of the media vault; every channel adds its own. */
export const mediaVaultConfig = z.object({
  ...baseConfig,
  ...busConfig,
  ...channelSettings(channels),
  MIO_DURABLE_NAME: text().default("media-vault").describe("Durable consumer; replicas share one."),
  MIO_BLOB_URL: url(["file"]).describe("Where attachments are kept: `file:///` and an absolute directory."),
  MIO_STORAGE_PREFIX: text()
    .transform((prefix) => (prefix.endsWith("/") ? prefix : `${prefix}/`))
    .refine(isKeyPrefix, "expected the beginning of an object key, such as mio/attachments/")
    .default("mio/attachments/")
    .describe("Beginning of every object key."),
  MIO_SPOOL_DIR: text()
    .optional()
    .describe(
      "Folder for attachments on their way, with room for MIO_DOWNLOAD_CONCURRENCY of them. Default: the system's folder for temporary files.",
    ),
  MIO_DOWNLOAD_TIMEOUT_SECONDS: int({ min: 1, max: 3600 })
    .default(60)
    .describe("Seconds that one try to fetch an attachment may take."),
  MIO_DOWNLOAD_BUDGET_SECONDS: int({ min: 0, max: 86_400 })
    .default(180)
    .describe("Seconds during which a fetch that failed for a passing reason is tried again."),
  MIO_DOWNLOAD_MAX_BYTES: bytes().default(26_214_400).describe("Largest attachment that is kept."),
  MIO_DOWNLOAD_CONCURRENCY: int({ min: 1, max: 1000 }).default(8).describe("Attachments fetched at once."),
  MIO_VAULT_MAX_IN_FLIGHT: int({ min: 1, max: 1000 })
    .default(1000)
    .describe("Messages held at once. Text waits behind attachments only when all of these wait for theirs."),
});

export type MediaVaultConfig = z.output<typeof mediaVaultConfig>;

function isKeyPrefix(prefix: string): boolean {
  try {
    assertBlobKey(`${prefix}object`);
    return true;
  } catch {
    return false;
  }
}
