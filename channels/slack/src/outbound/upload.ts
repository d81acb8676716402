import {
  type CallContext,
  DeliveryError,
  type HttpAnswer,
  type HttpClient,
  type HttpFailure,
} from "@mio/channel-kit";
import type { Attachment } from "@mio/proto";
import type { SlackClient } from "../access/client.ts";
import { compositeId } from "../identity/composite-id.ts";

/** An uploaded file that is not shown yet. */
export interface UploadedFile {
  readonly id: string;
  readonly title: string;
}

export interface Files {
  /** Uploads the bytes of kept files. Nothing is shown, so a failure never has an unknown fate. */
  upload(attachments: readonly Attachment[], context: CallContext): Promise<readonly UploadedFile[]>;
  /** Shows uploaded files in one message and returns its id; empty if Slack returns none. */
  share(files: readonly UploadedFile[], place: FilePlace): Promise<string>;
}

export interface FilePlace {
  readonly channel: string;
  readonly threadTs: string | undefined;
  readonly signal: AbortSignal;
}

export interface FilesOptions {
  readonly client: SlackClient;
  /** With a longer deadline, for files. */
  readonly http: HttpClient;
  readonly isUploadAddress: (url: URL) => boolean;
}

/** Slack splits more files into several messages. */
const maxFiles = 10;

export function createFiles(options: FilesOptions): Files {
  const { client } = options;
  return {
    upload: async (attachments, context) => {
      if (attachments.length > maxFiles) throw tooMany();
      const uploaded: UploadedFile[] = [];
      for (const attachment of attachments) uploaded.push(await upload(attachment, { options, context }));
      return uploaded;
    },
    share: async (files, { channel, threadTs, signal }) => {
      const [first, ...others] = files.map(({ id, title }) => ({ id, title }));
      if (first === undefined) return "";
      const place =
        threadTs === undefined ? { channel_id: channel } : { channel_id: channel, thread_ts: threadTs };
      const answer = await client.call({
        method: "files.completeUploadExternal",
        args: { files: [first, ...others], ...place },
        signal,
        repeatable: false,
      });
      return (
        messageOf(answer.files?.[0], channel) || (await findMessage(client, first.id, { channel, signal }))
      );
    },
  };
}

/** Slack shares a file a moment after its answer, so the message may not exist yet; then it has no id. */
async function findMessage(
  client: SlackClient,
  file: string,
  { channel, signal }: Pick<FilePlace, "channel" | "signal">,
): Promise<string> {
  try {
    const answer = await client.call({ method: "files.info", args: { file }, signal, repeatable: true });
    return messageOf(answer.file, channel);
  } catch {
    // The files are shown; a missing id is not a failure.
    return "";
  }
}

interface Upload {
  readonly options: FilesOptions;
  readonly context: CallContext;
}

async function upload(attachment: Attachment, { options, context }: Upload): Promise<UploadedFile> {
  const { signal } = context;
  const { body, bytes, contentType } = await context.openAttachment(attachment);
  const title = titleOf(attachment);
  const ticket = await options.client.call({
    method: "files.getUploadURLExternal",
    args: { filename: title, length: bytes },
    signal,
    repeatable: true,
  });
  const url = URL.parse(ticket.upload_url ?? "");
  const id = ticket.file_id ?? "";
  if (url === null || id === "" || !options.isUploadAddress(url)) {
    throw failed("transient", "Slack returned no usable address for the upload.");
  }
  // NOTE: the address itself is the permission, so no token is sent.
  const headers = {
    "content-type": contentType || "application/octet-stream",
    "content-length": String(bytes),
  };
  const outcome = await options.http.call({
    method: "POST",
    url,
    headers,
    stream: body,
    signal,
    isForeign: true,
  });
  if (outcome.kind === "answer" && outcome.status === 200) return { id, title };
  throw failureOf(outcome);
}

function failureOf(outcome: HttpAnswer | HttpFailure): DeliveryError {
  if (outcome.kind === "answer") {
    const { status } = outcome;
    const isBusy = status >= 500 || status === 408 || status === 429;
    if (!isBusy) return failed("permanent", `Slack rejected the file with status ${status}.`);
  } else if (outcome.refusedAddress !== undefined) {
    const message = `The address of the host that Slack named for the upload is not public (${outcome.refusedAddress}).`;
    return failed("permanent", message);
  }
  return failed("transient", "Slack is temporarily unable to accept the file.");
}

/** The name that Slack shows for a file, by which it is found again. */
export function titleOf({ filename, storageKey }: Attachment): string {
  return filename || storageKey.split("/").at(-1) || "file";
}

function tooMany(): DeliveryError {
  const message = `Slack shows at most ${maxFiles} files in one message; send the others in another.`;
  return new DeliveryError({ kind: "permanent", reason: "too_long", message });
}

function failed(kind: "transient" | "permanent", message: string): DeliveryError {
  return new DeliveryError({ kind, reason: kind === "permanent" ? "bad_request" : "platform_down", message });
}

function messageOf(file: unknown, channel: string): string {
  const shares = field(file, "shares");
  for (const visibility of ["public", "private"]) {
    const inChannel = field(field(shares, visibility), channel);
    const ts = Array.isArray(inChannel) ? field(inChannel[0], "ts") : undefined;
    if (typeof ts === "string") return compositeId(channel, ts);
  }
  return "";
}

function field(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;
}
