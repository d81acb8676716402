import type { Channel } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";
import type { MountedChannel } from "./routes/webhook.ts";
import type { WebhookSecrets } from "./webhook-secrets.ts";

export interface MountOptions {
  readonly channels: readonly Channel[];
  /** Every channel's settings, by the name of the environment variable. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: WebhookSecrets;
  readonly allowUnsigned: boolean;
  readonly logger: Logger;
}

/**
 * Chooses the channels whose webhooks are served. Without a signing secret a channel is served in
 * development only; elsewhere it is left out, and when none is left the gateway does not start.
 *
 * @throws MioError `gateway.no_channel`
 */
export async function mountChannels(options: MountOptions): Promise<readonly MountedChannel[]> {
  const { channels, settings, secrets, allowUnsigned, logger } = options;
  const mounted: MountedChannel[] = [];
  const wanted: string[] = [];
  for (const channel of channels) {
    const { webhook } = channel.open(settings);
    if (webhook === undefined) continue;
    const signed = await secrets.exist(webhook.secretNames);
    const [secretName = ""] = webhook.secretNames;
    if (signed || allowUnsigned) mounted.push({ channel, webhook });
    else wanted.push(secretName);
    const line = { channel: channel.channelType, secret_file: secretName };
    if (!signed && allowUnsigned)
      logger.warn(line, "webhook.unsigned: anybody may post; put the secret file in place");
    if (!signed && !allowUnsigned) logger.error(line, "webhook.not_mounted: its secret file is missing");
  }
  if (mounted.length > 0) return mounted;
  throw new MioError(
    "gateway.no_channel",
    `No channel has a signing secret. Put one of these files into MIO_SECRETS_DIR: ${wanted.join(", ")}.`,
  );
}
