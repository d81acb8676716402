import type { z } from "zod";
import type { Channel } from "./channel.ts";

/**
 * The settings of all channels, to spread into the schema of a service that opens them. The type names no field: a
 * service passes its configuration to `Channel.open` and reads none of it.
 */
export function channelSettings(channels: readonly Channel[]): Readonly<Record<never, z.ZodType>> {
  return Object.assign({}, ...channels.map((channel) => channel.settings.shape));
}
