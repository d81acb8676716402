import { extname } from "node:path";
import { extensionTable } from "./extension-table.ts";

export interface ObjectName {
  /** With a trailing slash. */
  readonly prefix: string;
  readonly channelType: string;
  readonly receivedAt: Date;
  /** Lower-case hex. */
  readonly sha256: string;
  /** With or without parameters; empty if unknown. */
  readonly contentType: string;
  readonly filename: string;
}

/**
 * `{prefix}channel_type={type}/date={UTC day}/{first 2 hex}/{64 hex}{extension}`: equal bytes of one channel, day and
 * type are one object.
 */
export function objectKey({ prefix, channelType, receivedAt, sha256, ...file }: ObjectName): string {
  const day = receivedAt.toISOString().slice(0, 10);
  const folder = `${prefix}channel_type=${channelType || "unknown"}/date=${day}/${sha256.slice(0, 2)}`;
  return `${folder}/${sha256}${extensionOf(file)}`;
}

function extensionOf({ contentType, filename }: Pick<ObjectName, "contentType" | "filename">): string {
  const [essence = ""] = contentType.split(";");
  const known = extensionTable.get(essence.trim().toLowerCase());
  if (known !== undefined) return known;
  const extension = extname(filename).toLowerCase();
  return /^\.[a-z0-9]{1,16}$/.test(extension) ? extension : "";
}
