import type { BlockList } from "node:net";
import { z } from "zod";
import { toBlockList } from "./address-rules.ts";
import { isLoopback } from "./safe-address.ts";

/** A setting with address ranges, comma-separated, such as `10.1.0.0/16, fd12::5`. */
export const rangesSetting: z.ZodString = z
  .string()
  .trim()
  .refine((list) => parse(list) !== undefined, "must be IP addresses or ranges such as 10.1.0.0/16");

/**
 * The addresses that are not public and may still give out files: those of the setting, and this machine if the API is
 * configured to be on it.
 */
export function addressesBeside(baseUrl: URL, setting: string): BlockList {
  const local = isLoopback(baseUrl) ? ",127.0.0.0/8,::1" : "";
  return parse(setting + local) ?? toBlockList([]);
}

function parse(list: string): BlockList | undefined {
  const ranges = list.split(",").map((range) => range.trim());
  try {
    return toBlockList(ranges.filter((range) => range !== ""));
  } catch {
    return undefined;
  }
}
