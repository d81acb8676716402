import type { Capabilities, Channel, Outbound } from "@mio/channel-kit";
import { channelTypeAliases } from "@mio/proto";

/** What the pool uses of a channel; without `outbound` nothing can be sent on it. */
export interface SendingChannel {
  readonly channelType: string;
  readonly capabilities: Capabilities;
  readonly outbound: Outbound | undefined;
}

/** Binds every channel to its settings. */
export function openChannels(
  channels: readonly Channel[],
  settings: unknown,
): ReadonlyMap<string, SendingChannel> {
  return new Map(
    channels.map((channel) => {
      const { channelType, capabilities } = channel;
      return [channelType, { channelType, capabilities, outbound: channel.open(settings).outbound }];
    }),
  );
}

const aliases: ReadonlyMap<string, string> = new Map(Object.entries(channelTypeAliases));

/** The present name of a channel that may be named by a former one. */
export function presentName(channelType: string): string {
  return aliases.get(channelType) ?? channelType;
}
