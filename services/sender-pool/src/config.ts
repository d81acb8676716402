import { blobConfig } from "@mio/blob";
import { busConfig, streams } from "@mio/bus";
import { channelSettings } from "@mio/channel-kit";
import { channels } from "@mio/channels";
import { sealingConfig } from "@mio/sealing";
import { baseConfig, bytes, durationMs, flag, int, text } from "@mio/service-kit";
import { storeConfig } from "@mio/store";
import { z } from "zod";

const hour = 3_600_000;

/** Settings of the sender pool; every channel adds its own. */
export const senderPoolConfig = z
  .object({
    ...baseConfig,
    ...channelSettings(channels),
    ...busConfig,
    ...storeConfig,
    ...sealingConfig,
    ...blobConfig,
    MIO_BLOB_URL: blobConfig.MIO_BLOB_URL.optional().describe(
      "Where the media vault keeps attachments, as there; without it a command with kept files is refused.",
    ),
    MIO_SENDER_WORKERS: int({ min: 1, max: 10_000 })
      .default(512)
      .describe("Platform calls at once of this process; a bound for memory and sockets only."),
    MIO_SENDER_HOST_WORKERS: int({ min: 1, max: 10_000 })
      .default(256)
      .describe(
        "Platform calls at once to one platform, so that a platform that hangs leaves slots for others.",
      ),
    MIO_SENDER_ACCOUNT_WORKERS: int({ min: 1, max: 1_000 })
      .default(32)
      .describe(
        "Platform calls at once for one account; fewer while its platform is busy: an account gets at most a quarter of the free slots.",
      ),
    MIO_SENDER_MAX_IN_FLIGHT: int({ min: 1, max: 1_000_000 })
      .default(20_000)
      .describe(
        "Commands in memory: being delivered, or waiting for their turn. One account may use half of them.",
      ),
    MIO_SENDER_MAX_HELD_BYTES: bytes()
      .default(67_108_864)
      .describe(
        "Bytes of commands in memory. From half of it on, a command that waits for its conversation leaves its bytes on the stream; above it the pool requests no more, except a few for each account.",
      ),
    MIO_SENDER_ACCOUNT_IN_FLIGHT: int({ min: 1, max: 100_000 })
      .default(10_000)
      .describe(
        "Commands of one account in all pools together. While fewer wait, no conversation of the account delays another; beyond it, commands wait in the order of the stream.",
      ),
    MIO_SENDER_ACCOUNT_BACKLOG: int({ min: 1, max: 10_000_000 })
      .default(50_000)
      .describe(
        "Commands of one account that may wait. The pool refuses the newest beyond it, so that one account does not fill the shared stream.",
      ),
    MIO_SENDER_LEASE: durationMs()
      .default(15_000)
      .describe("Time without a heartbeat after which another pool takes over a delivery."),
    MIO_INTERIM_TIMEOUT: durationMs()
      .default(300_000)
      .describe(
        "How long a message may show something interim (`stage`) before it is marked as interrupted; 0 for no limit.",
      ),
    MIO_INTERRUPTED_MARK: text()
      .default("_(interrupted)_")
      .describe("Text below a message that its agent did not finish."),
    MIO_REINJECT_SENDS: flag()
      .default(false)
      .describe("Whether sent commands appear on the enriched stream, as messages of a bot."),
    MIO_SENDER_CALL_TIMEOUT: durationMs()
      .default(40_000)
      .describe("Longest platform call; longer than the channels' own deadlines together."),
    MIO_SENDER_FILE_TIMEOUT: durationMs()
      .default(120_000)
      .describe("Additional time for a platform call with kept files."),
    MIO_SENDER_MAX_FILE_BYTES: bytes()
      .default(26_214_400)
      .describe("Largest kept file that is sent; a platform may accept less."),
    MIO_SENDER_MAX_ATTEMPTS: int({ min: 1, max: 100 })
      .default(8)
      .describe("Failures of the platform or the network after which a command is given up."),
    MIO_SENDER_MAX_AGE: durationMs()
      .default(23 * 3_600_000)
      .describe(
        "Age at which a command is given up; less than the 24 hours after which its stream drops it silently.",
      ),
    MIO_UNKNOWN_SEND: z
      .enum(["hold", "resend"])
      .default("hold")
      .describe(
        "For a post of unknown fate that the platform cannot look up: `hold` reports it, `resend` may post twice.",
      ),
    MIO_DELIVERY_RETENTION: durationMs()
      .default(30 * 86_400_000)
      .describe(
        "How long the record of a command is kept at least, so that it is not repeated and can be edited. A week at least.",
      ),
  })
  .superRefine((config, context) => {
    const refuse = (name: string, message: string): void =>
      context.addIssue({ code: "custom", path: [name], message });
    const { maxAgeMs } = streams.outbound;
    if (config.MIO_SENDER_MAX_AGE >= maxAgeMs)
      refuse("MIO_SENDER_MAX_AGE", "must be less than the 24 hours after which the stream drops a command");
    if (config.MIO_DELIVERY_RETENTION < maxAgeMs + hour)
      refuse("MIO_DELIVERY_RETENTION", "must be 25 hours at least, or a redelivered command is sent again");
    if (config.MIO_SENDER_ACCOUNT_BACKLOG <= config.MIO_SENDER_ACCOUNT_IN_FLIGHT)
      refuse("MIO_SENDER_ACCOUNT_BACKLOG", "must be more than MIO_SENDER_ACCOUNT_IN_FLIGHT");
  });

export type SenderPoolConfig = z.output<typeof senderPoolConfig>;

/** How long and how often the pool tries. Times in milliseconds. */
export interface DeliveryPolicy {
  /** Longest platform call, the adapter's own deadlines included. */
  readonly callTimeoutMs: number;
  /** Added for a call with kept files. */
  readonly fileTimeoutMs: number;
  /** Failed calls after which a command is given up. */
  readonly maxAttempts: number;
  /** Age at which a command is given up. */
  readonly maxAgeMs: number;
  /** Wait before the pool looks again, after a call of unknown fate or while an earlier command has not ended. */
  readonly lookAgainMs: number;
  /** Silence after which another process takes an attempt over. */
  readonly leaseMs: number;
  /** For a call whose fate the platform does not know: report it, or risk a second post. */
  readonly unknownSend: "hold" | "resend";
}

export function toPolicy(config: SenderPoolConfig, lookAgainMs: number): DeliveryPolicy {
  return {
    callTimeoutMs: config.MIO_SENDER_CALL_TIMEOUT,
    fileTimeoutMs: config.MIO_SENDER_FILE_TIMEOUT,
    maxAttempts: config.MIO_SENDER_MAX_ATTEMPTS,
    maxAgeMs: config.MIO_SENDER_MAX_AGE,
    lookAgainMs,
    leaseMs: config.MIO_SENDER_LEASE,
    unknownSend: config.MIO_UNKNOWN_SEND,
  };
}
