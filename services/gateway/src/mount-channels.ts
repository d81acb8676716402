import type { Channel } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";
import type { MountedChannel } from "./http/webhook.ts";
import type { WebhookSecrets } from "./http/webhook-secrets.ts";
import type { SocketChannel } from "./sockets/socket-host.ts";

export interface MountOptions {
  readonly channels: readonly Channel[];
  /** The settings of all channels, by environment variable. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: WebhookSecrets;
  readonly allowUnsigned: boolean;
  /** Whether any account of a channel may receive. */
  readonly hasAccounts: (channelType: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** The mounted webhooks. */
export interface Mounted {
  readonly webhooks: readonly MountedChannel[];
  readonly sockets: readonly SocketChannel[];
  /** Whether any webhook can be accepted at startup; a secret file may appear later. */
  readonly takesWebhooks: boolean;
}

/**
 * Mounts the webhooks of every channel. Outside development the webhooks of a channel without a signing secret are
 * rejected until its file appears. If no event can arrive, the gateway does not start.
 *
 * @throws MioError `gateway.no_channel`
 */
export async function mountChannels(options: MountOptions): Promise<Mounted> {
  const webhooks: MountedChannel[] = [];
  const sockets: SocketChannel[] = [];
  const missing: WebhookWithoutSecret[] = [];
  for (const channel of options.channels) {
    const { channelType } = channel;
    const { webhook, socket } = channel.open(options.settings);
    if (socket !== undefined) sockets.push({ channelType, socket });
    if (webhook === undefined) continue;
    webhooks.push({ channel, webhook });
    const [secretFile = ""] = webhook.secretNames;
    const hasSecret = await options.secrets.exist(webhook.secretNames);
    if (!hasSecret) missing.push({ channelType, secretFile, hasSocket: socket !== undefined });
  }
  for (const each of missing) await reportMissingSecret(each, options);
  const takesWebhooks = webhooks.length > (options.allowUnsigned ? 0 : missing.length);
  if (takesWebhooks || (await isAnyUsable(sockets, options))) return { webhooks, sockets, takesWebhooks };
  const wanted = missing.map(({ secretFile }) => secretFile);
  throw new MioError("gateway.no_channel", `No event can arrive. ${waysIn(wanted, sockets)}`);
}

interface WebhookWithoutSecret {
  readonly channelType: string;
  readonly secretFile: string;
  readonly hasSocket: boolean;
}

/** A channel without accounts is unused, and a channel with sockets works without webhooks. */
async function reportMissingSecret(
  { channelType, secretFile, hasSocket }: WebhookWithoutSecret,
  { allowUnsigned, hasAccounts, logger }: MountOptions,
): Promise<void> {
  const line = { channel: channelType, missing_file: secretFile };
  if (allowUnsigned) {
    logger.warn(line, "webhook.unsigned: anyone may post; add the secret file");
    return;
  }
  const isNeeded = !hasSocket && (await hasAccounts(channelType));
  const message = "webhook.no_secret: webhooks are rejected until the file is in MIO_SECRETS_DIR";
  if (isNeeded) logger.error(line, message);
  else logger.info(line, message);
}

async function isAnyUsable(
  sockets: readonly SocketChannel[],
  { hasAccounts }: Pick<MountOptions, "hasAccounts">,
): Promise<boolean> {
  const usable = await Promise.all(sockets.map(({ channelType }) => hasAccounts(channelType)));
  return usable.includes(true);
}

function waysIn(secretFiles: readonly string[], sockets: readonly SocketChannel[]): string {
  const types = sockets.map(({ channelType }) => channelType).join(", ");
  return [
    secretFiles.length > 0 &&
      `No channel has a signing secret: put one of these files into MIO_SECRETS_DIR: ${secretFiles.join(", ")}. Only MIO_ENV=dev accepts unsigned webhooks.`,
    types !== "" && `No account could use a socket: add one of a channel with sockets: ${types}.`,
  ]
    .filter((way) => way !== false)
    .join(" ");
}
