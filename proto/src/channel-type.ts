import { activeChannelTypes, channelTypeAliases } from "../gen/channels.ts";

/** The wire name of a platform that may be published: an active one, or the former name of one. */
export type ChannelType = (typeof activeChannelTypes)[number] | keyof typeof channelTypeAliases;

const known: ReadonlySet<string> = new Set([...activeChannelTypes, ...Object.keys(channelTypeAliases)]);

/** Whether `name` may be published. Planned and deprecated names may not. */
export function isKnownChannelType(name: string): name is ChannelType {
  return known.has(name);
}

/** The spelling of a channel in web paths: `zoho_cliq` becomes `zoho-cliq`. */
export function toChannelSlug(type: ChannelType): string {
  return type.replaceAll("_", "-");
}

/** The channel of a web path, or undefined when there is none with exactly this slug. */
export function fromChannelSlug(slug: string): ChannelType | undefined {
  if (slug.includes("_")) return undefined;
  const name = slug.replaceAll("-", "_");
  return isKnownChannelType(name) ? name : undefined;
}
