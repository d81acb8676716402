import type { z } from "zod";
import type { Channel } from "./channel.ts";

/**
 * The settings of all channels, to spread into the schema of a service that opens them. They carry no
 * names in their type: a service passes its configuration on to `Channel.open` and reads none of them.
 */
export function channelSettings(channels: readonly Channel[]): Readonly<Record<never, z.ZodType>> {
  return Object.assign({}, ...channels.map((channel) => channel.settings.shape));
}
