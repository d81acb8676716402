import { z } from "zod";
import { postedEvents } from "../events/inner-event.ts";
import { toFileObject } from "../events/message-object.ts";
import type { SlackChat, SlackFile } from "../model.ts";
import type { Core } from "../workspace/core.ts";
import { type Answer, loginPage, no, ok, refuse } from "./answer.ts";
import { type Call, ownChat, required } from "./call.ts";

/** The first step of an upload: returns a URL for the bytes, which needs no token. */
export function openUpload(call: Call): Answer {
  const { core, args } = call;
  const name = required(call, "filename");
  const length = args.number("length");
  if (length === undefined || length < 1) return no("invalid_arguments");
  const { secret, fileId } = core.state.openUpload({ name, length });
  return ok({ upload_url: `${core.origin()}/upload/v1/${core.team.id}/${secret}`, file_id: fileId });
}

/** The second step: stores the bytes. */
export async function receiveUpload(
  core: Core | undefined,
  upload: { readonly secret: string; readonly contentType: string; readonly body: Uint8Array },
): Promise<Answer> {
  const ticket = core?.state.findUpload(upload.secret);
  if (!core || !ticket)
    return { status: 404, contentType: "text/plain", body: "not found", error: "not_found" };
  const { bytes, mime } = await readUpload(upload.contentType, upload.body);
  if (bytes.byteLength !== ticket.length) {
    return { status: 400, contentType: "text/plain", body: "length mismatch", error: "length_mismatch" };
  }
  const type = mime === "" || mime === "application/octet-stream" ? typeByName(ticket.name) : mime;
  core.state.completeUpload(ticket, { mime: type, bytes, userId: core.bot.userId });
  return { status: 200, contentType: "text/plain", body: `OK - ${bytes.byteLength}` };
}

const finished = z
  .array(z.looseObject({ id: z.string(), title: z.string().exactOptional() }))
  .min(1)
  .max(10);

/** The last step: posts the files in one message, or keeps them private when no channel is named. */
export function completeUpload(call: Call): Answer {
  const { core, args } = call;
  const json = args.json("files");
  const parsed = json === undefined || json === "malformed" ? undefined : finished.safeParse(json.value);
  if (!parsed?.success) return no("invalid_arguments");
  const files = parsed.data.map(({ id, title }) => {
    if (title !== undefined) core.state.retitle(id, title);
    return core.state.findFile(id) ?? refuse("file_not_found");
  });
  const channel = args.text("channel_id") ?? args.text("channels")?.split(",")[0];
  if (channel !== undefined) share(call, files, ownChat(call, channel));
  return ok({ files: files.map(({ id, title }) => ({ id, title })) });
}

function share(call: Call, files: readonly SlackFile[], chat: SlackChat): void {
  const { core, args } = call;
  if (chat.isArchived) refuse("is_archived");
  const root = core.state.findThread(chat.id, args.text("thread_ts") ?? "");
  const message = core.state.post({
    chat,
    author: core.author,
    text: args.text("initial_comment") ?? "",
    subtype: "file_share",
    files,
    ...(root ? { threadTs: root.threadTs ?? root.ts } : {}),
  });
  core.announcer.announceInBackground({
    about: message,
    events: (context) => postedEvents(message, context),
  });
}

/** A file with the messages that show it. */
export function showFile(call: Call): Answer {
  const { core } = call;
  const file = core.state.findFile(required(call, "file"));
  if (!file) return no("file_not_found");
  const shares = { public: sharesOf(core, file, true), private: sharesOf(core, file, false) };
  return ok({ file: { ...toFileObject(file, core.writing), shares }, comments: [] });
}

/** The messages that show a file, grouped by conversation. */
function sharesOf({ state, team }: Core, file: SlackFile, isPublic: boolean): object {
  const messages = [...state.allMessages()].filter(
    ({ channel, files, deletedAt }) =>
      deletedAt === undefined &&
      files.some(({ id }) => id === file.id) &&
      (state.findChat(channel)?.kind === "channel") === isPublic,
  );
  const byChannel = Map.groupBy(messages, ({ channel }) => channel);
  return Object.fromEntries(
    [...byChannel].map(([channel, shown]) => [
      channel,
      shown.map(({ ts, threadTs }) => ({
        ts,
        team_id: team.id,
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      })),
    ]),
  );
}

/** The bytes of a file for a token of its workspace, the login page for all other requests. */
export function downloadFile(core: Core | undefined, place: string): Answer {
  const [teamId, fileId = ""] = place.split("-");
  const file = core?.team.id === teamId ? core?.state.findFile(fileId) : undefined;
  const bytes = core?.state.bytesOf(fileId);
  if (!file || !bytes) return loginPage;
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`;
  return {
    status: 200,
    headers: { "content-disposition": disposition },
    contentType: file.mime,
    body: Buffer.from(bytes),
  };
}

async function readUpload(
  contentType: string,
  body: Uint8Array,
): Promise<{ readonly bytes: Uint8Array; readonly mime: string }> {
  if (!contentType.startsWith("multipart/form-data")) return { bytes: body, mime: contentType };
  const response = new Response(new Uint8Array(body), { headers: { "content-type": contentType } });
  const form = await response.formData().catch(() => new FormData());
  const part = [...form.values()].find((value) => typeof value !== "string");
  return part ? { bytes: await part.bytes(), mime: part.type } : { bytes: new Uint8Array(), mime: "" };
}

const types: Readonly<Record<string, string>> = {
  csv: "text/csv",
  gif: "image/gif",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  json: "application/json",
  md: "text/markdown",
  pdf: "application/pdf",
  png: "image/png",
  txt: "text/plain",
};

function typeByName(name: string): string {
  return types[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
}
