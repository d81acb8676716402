import { z } from "zod";

/** Whether an address is this machine, where plain http crosses no network. */
export function isLoopback(url: URL): boolean {
  return url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

/** A setting with the address of an API: https, or http on this machine, and without a password. */
export const addressSetting: z.ZodString = z
  .string()
  .trim()
  .refine(isSafeAddress, "must be an https address (http only for this machine itself), without a password");

/** The hosts of a comma-separated list, in lower case as in a parsed `URL`. */
export function parseHosts(list: string): ReadonlySet<string> {
  const hosts = list.split(",").map((host) => host.trim().toLowerCase());
  return new Set(hosts.filter((host) => host !== ""));
}

function isSafeAddress(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}
