import type { Channel, WebhookInbound } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import type { Logger } from "@mio/service-kit";
import type { MountedChannel } from "./routes/webhook.ts";
import type { SocketChannel } from "./sockets/socket-host.ts";
import type { WebhookSecrets } from "./webhook-secrets.ts";

export interface MountOptions {
  readonly channels: readonly Channel[];
  /** Every channel's settings, by the name of the environment variable. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: WebhookSecrets;
  readonly allowUnsigned: boolean;
  /** Whether any account of a channel may receive. */
  readonly hasAccounts: (channelType: string) => Promise<boolean>;
  readonly logger: Logger;
}

/** The ways in. */
export interface Mounted {
  readonly webhooks: readonly MountedChannel[];
  readonly sockets: readonly SocketChannel[];
}

/**
 * Chooses the channels whose webhooks are served, and those that have sockets. Without a signing secret a channel is
 * served in development only; elsewhere it is left out. When nothing can come in, the gateway does not start.
 *
 * @throws MioError `gateway.no_channel`
 */
export async function mountChannels(options: MountOptions): Promise<Mounted> {
  const opened = options.channels.map((channel) => ({ channel, parts: channel.open(options.settings) }));
  const webhooks: MountedChannel[] = [];
  const sockets: SocketChannel[] = [];
  const wanted: string[] = [];
  for (const { channel, parts } of opened) {
    const { channelType } = channel;
    const { webhook, socket } = parts;
    if (socket !== undefined) sockets.push({ channelType, socket });
    if (webhook === undefined) continue;
    if (await mayMount(webhook, { ...options, channelType })) webhooks.push({ channel, webhook });
    else wanted.push(...webhook.secretNames.slice(0, 1));
  }
  if (webhooks.length > 0 || (await isAnyUsable(sockets, options))) return { webhooks, sockets };
  throw new MioError("gateway.no_channel", `Nothing can come in. ${waysIn(wanted, sockets)}`);
}

async function mayMount(
  webhook: WebhookInbound,
  { secrets, allowUnsigned, logger, channelType }: MountOptions & { readonly channelType: string },
): Promise<boolean> {
  if (await secrets.exist(webhook.secretNames)) return true;
  const line = { channel: channelType, missing_file: webhook.secretNames[0] };
  if (allowUnsigned) logger.warn(line, "webhook.unsigned: anybody may post; put the secret file in place");
  else logger.error(line, "webhook.not_mounted: put its secret file into MIO_SECRETS_DIR");
  return allowUnsigned;
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
      `No channel has a signing secret: put one of these files into MIO_SECRETS_DIR: ${secretFiles.join(", ")}.`,
    types !== "" && `No account could use a socket: add one of a channel with sockets: ${types}.`,
  ]
    .filter((way) => way !== false)
    .join(" ");
}
