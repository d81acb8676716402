import { MioError } from "@mio/failure";
import { channelTypeAliases, isKnownChannelType } from "@mio/proto";
import type { Channel } from "./channel.ts";

/** The channels of this installation, found by wire name or by web path. */
export interface ChannelRegistry {
  readonly channels: readonly Channel[];
  /** By wire name (`zoho_cliq`), or by an older name in the list of channel types. */
  byType(channelType: string): Channel | undefined;
  /** By the segment of a web path; hyphens and underscores are the same. */
  bySlug(slug: string): Channel | undefined;
}

/**
 * Creates the registry.
 *
 * @throws MioError `channel.duplicate` when two channels have one type, `channel.unknown_type` when a type is not in
 * `proto/channels.yaml`.
 */
export function createRegistry(channels: readonly Channel[]): ChannelRegistry {
  const byType = new Map<string, Channel>();
  for (const channel of channels) {
    const { channelType } = channel;
    if (!isKnownChannelType(channelType)) {
      throw new MioError("channel.unknown_type", `The channel type ${channelType} is not in channels.yaml.`);
    }
    if (byType.has(channelType)) {
      throw new MioError("channel.duplicate", `Two channels are registered as ${channelType}; remove one.`);
    }
    byType.set(channelType, channel);
  }
  const aliases = new Map<string, string>(Object.entries(channelTypeAliases));
  const find = (type: string): Channel | undefined => byType.get(aliases.get(type) ?? type);
  return { channels: [...channels], byType: find, bySlug: (slug) => find(slug.replaceAll("-", "_")) };
}
