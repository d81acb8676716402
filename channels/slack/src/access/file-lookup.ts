import {
  type AttachmentError,
  attachmentFailure,
  type HttpAnswer,
  type HttpClient,
  type TokenSource,
  tokenForFile,
} from "@mio/channel-kit";
import { z } from "zod";
import { refusedToken } from "./error-table.ts";
import { soundMime } from "./sound-mime.ts";

/** Slack's method that describes a file, used as the address of files that arrive as an id only. */
const lookup = "https://slack.com/api/files.info";

/** The address of a file that is known by its id only; empty without an id. */
export function lookupAddress(id: string): string {
  return id === "" ? "" : `${lookup}?file=${encodeURIComponent(id)}`;
}

/** The id of the file in such an address; undefined for any other address. */
export function fileOfLookup(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null || `${url.origin}${url.pathname}` !== lookup) return undefined;
  return url.searchParams.get("file") ?? undefined;
}

export interface LookUp {
  readonly http: HttpClient;
  readonly baseUrl: URL;
  readonly tokens: TokenSource;
  readonly signal: AbortSignal;
}

export interface FoundFile {
  readonly url: string;
  readonly mime: string;
  readonly filename: string;
  readonly bytes: bigint;
}

const word = z.string().catch("");
const answer = z.object({
  ok: z.boolean(),
  error: word,
  file: z
    .object({
      name: word,
      title: word,
      mimetype: word,
      subtype: word,
      size: z.int().nonnegative().catch(0),
      url_private: word,
      url_private_download: word,
    })
    .optional()
    .catch(undefined),
});
type Answer = z.output<typeof answer>;

/**
 * Looks a file up by its id, with one fresh token after a rejected one.
 *
 * @throws AttachmentError `FORBIDDEN` if the app may not see it, `NOT_FOUND` if it is gone.
 */
export async function lookUpFile(id: string, lookUp: LookUp): Promise<FoundFile> {
  const { tokens, signal } = lookUp;
  const token = await tokenForFile(tokens, signal);
  const first = await ask(id, token, lookUp);
  const isStale = !first.ok && refusedToken.has(first.error) && tokens.invalidate(token);
  const { ok, error, file } = isStale ? await ask(id, await tokenForFile(tokens, signal), lookUp) : first;
  if (!ok) throw refusal(error);
  const url = file?.url_private_download || file?.url_private;
  if (file === undefined || !url)
    throw attachmentFailure("FORBIDDEN", `Slack shows no address of the file. ${advice}`);
  return { url, mime: soundMime(file), filename: file.name || file.title, bytes: BigInt(file.size) };
}

async function ask(id: string, token: string, { http, baseUrl, signal }: LookUp): Promise<Answer> {
  const url = new URL("files.info", baseUrl);
  url.searchParams.set("file", id);
  const headers = { authorization: `Bearer ${token}` };
  const outcome = await http.call({ method: "GET", url, headers, signal });
  if (outcome.kind !== "answer")
    throw attachmentFailure("TIMEOUT", `The file was not looked up (${outcome.networkCode}).`, {
      retryable: true,
    });
  const parsed = answer.safeParse(jsonOf(outcome));
  if (parsed.success) return parsed.data;
  throw attachmentFailure("TIMEOUT", `Slack answered ${outcome.status} for the file's data.`, {
    retryable: true,
  });
}

function jsonOf({ text }: HttpAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const advice = "The bot token needs the scope files:read, and the bot access to the channel.";

function refusal(error: string): AttachmentError {
  const message = `Slack does not show the file (${/^[a-z_]{1,40}$/.test(error) ? error : "no reason"}).`;
  if (error === "file_not_found" || error === "file_deleted") return attachmentFailure("NOT_FOUND", message);
  if (transient.has(error)) return attachmentFailure("TIMEOUT", message, { retryable: true });
  return attachmentFailure("FORBIDDEN", `${message} ${advice}`);
}

const transient: ReadonlySet<string> = new Set([
  "ratelimited",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
]);
