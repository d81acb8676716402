import type { Capabilities, Channel, Outbound } from "@mio/channel-kit";
import type { Logger } from "@mio/service-kit";

/** What the pool uses of a channel; without `outbound` nothing can be sent on it. */
export interface SendingChannel {
  readonly channelType: string;
  readonly capabilities: Capabilities;
  readonly conversationAddress: Channel["conversationAddress"];
  readonly outbound: Outbound | undefined;
  /** Features that a missing setting disables, with the name of the setting. */
  readonly notes: readonly string[];
}

/** Binds every channel to its settings, and logs the features that a missing setting disables. */
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
