import { type CallContext, DeliveryError } from "@mio/channel-kit";
import type { Attachment } from "@mio/proto";
import { multipartForm, type NamedFile } from "../access/multipart.ts";
import { maxFileBytes } from "../content/write/limits.ts";
import { type Address, filesEndpoint } from "../identity/address.ts";
import { postedIds } from "../identity/message-ids.ts";
import type { Speaker } from "./post.ts";

/** Open files, and a way to reopen them. */
export interface OpenFiles {
  readonly opened: readonly NamedFile[];
  readonly reopen: () => Promise<readonly NamedFile[]>;
}

/**
 * Opens the kept files of a command; undefined if it has none.
 *
 * @throws DeliveryError `permanent` if one is missing or larger than Cliq accepts.
 */
export async function openFiles(
  attachments: readonly Attachment[],
  context: CallContext,
): Promise<OpenFiles | undefined> {
  if (attachments.length === 0) return undefined;
  const open = async (): Promise<readonly NamedFile[]> =>
    await Promise.all(attachments.map((attachment) => openFile(attachment, context)));
  return { opened: await open(), reopen: open };
}

async function openFile(attachment: Attachment, context: CallContext): Promise<NamedFile> {
  const file = await context.openAttachment(attachment);
  if (file.bytes <= maxFileBytes) return { ...file, name: attachment.filename.trim() || "file" };
  const message = `A file is larger than the ${maxFileBytes} bytes that Cliq takes.`;
  throw new DeliveryError({ kind: "permanent", reason: "too_long", message, details: { bytes: file.bytes } });
}

/**
 * Sends all files in one call. Cliq usually returns no ids for them.
 *
 * @see https://www.zoho.com/cliq/help/restapi/v2/files/
 */
export async function uploadFiles(
  { client, botName }: Speaker,
  { address, files }: { readonly address: Address; readonly files: OpenFiles },
  { signal }: CallContext,
): Promise<readonly string[]> {
  const { path, query = {}, fields = {} } = filesEndpoint(address, botName);
  let next: readonly NamedFile[] | undefined = files.opened;
  const form = async () => {
    const content = next ?? (await files.reopen());
    next = undefined;
    return multipartForm(content, fields);
  };
  return postedIds(await client.call({ method: "POST", path, query, form, signal, repeatable: false }));
}
