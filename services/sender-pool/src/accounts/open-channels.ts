import type { Capabilities, Channel, Outbound } from "@mio/channel-kit";
import { channelTypeAliases } from "@mio/proto";
import type { Logger } from "@mio/service-kit";

/** What the pool uses of a channel; without `outbound` nothing can be sent on it. */
export interface SendingChannel {
  readonly channelType: string;
  readonly capabilities: Capabilities;
  readonly conversationAddress: Channel["conversationAddress"];
  readonly outbound: Outbound | undefined;
  /** What a missing setting keeps from working, and its name. */
  readonly notes: readonly string[];
}

/** Binds every channel to its settings, and logs what a missing setting keeps from working. */
export function openChannels(
  channels: readonly Channel[],
  settings: unknown,
  logger: Pick<Logger, "info">,
): ReadonlyMap<string, SendingChannel> {
  return new Map(
    channels.map((channel) => {
      const { channelType, capabilities, conversationAddress } = channel;
      const { outbound, notes = [] } = channel.open(settings);
      for (const note of notes) logger.info({ channel: channelType, note }, "channel.limited");
      return [channelType, { channelType, capabilities, conversationAddress, outbound, notes }];
    }),
  );
}

const aliases: ReadonlyMap<string, string> = new Map(Object.entries(channelTypeAliases));

/** The present name of a channel that may be named by a former one. */
export function presentName(channelType: string): string {
  return aliases.get(channelType) ?? channelType;
}
