import { type CallContext, DeliveryError, rethrowUnlessUnrelated, type Sent } from "@mio/channel-kit";
import type { SendCommand } from "@mio/proto";
import type { ChatUpdateResponse } from "@slack/web-api";
import type { SlackClient } from "../access/client.ts";
import { platformCodeOf } from "../access/failure.ts";
import { compose, type Part } from "../content/write/compose.ts";
import { addressOf } from "../identity/address.ts";
import { isFileMessage } from "../identity/composite-id.ts";
import { type Target, targetsOf } from "../identity/targets.ts";
import { keepSent } from "./keep-sent.ts";
import { post } from "./post.ts";
import { deleteMessage } from "./remove.ts";
import { findStamped } from "./stamps/find-stamped.ts";
import type { Streams } from "./stream/streams.ts";
import { askFor } from "./thread-roots.ts";
import { withPicturesOrLinks } from "./with-pictures.ts";

/** The sum of Slack's clock skew and the longest age of an earlier attempt. */
const lookBackMs = 24 * 3_600_000;

export interface EditOptions {
  readonly client: SlackClient;
  readonly streams: Streams;
  readonly now: () => Date;
}

interface Edit {
  readonly command: SendCommand;
  readonly context: CallContext;
  readonly options: EditOptions;
  readonly parts: readonly Part[];
  readonly targets: readonly Target[];
}

/**
 * Replaces the text of a message, or of the messages of a long text: existing ones are changed, missing ones are
 * posted after them, surplus ones are deleted. Files stay. Idempotent.
 */
export async function editMessage(
  command: SendCommand,
  target: { readonly externalId: string; readonly context: CallContext },
  options: EditOptions,
): Promise<Sent> {
  const { context } = target;
  const all = targetsOf(target.externalId, context);
  const targets = all.filter(({ id }) => !isFileMessage(id));
  const fileIds = all.map(({ id }) => id).filter(isFileMessage);
  const { parts, files } = await compose(command);
  if (files.length > 0 || parts.length === 0)
    throw unsupported("Slack cannot add files to an existing message.");
  const [first, ...others] = targets;
  if (first === undefined) throw unsupported("The message shows only files, which have no text to edit.");
  const isAlone = others.length === 0;
  if (isAlone && (await options.streams.goOn(first, command, context.signal)))
    return { externalIds: [first.id, ...fileIds] };
  const edit: Edit = { command, context, options, parts, targets };
  const kept = targets.slice(0, parts.length);
  const externalIds = kept.map(({ id }) => id);
  try {
    const threadTs = await updateAll(edit);
    if (parts.length > targets.length) {
      await postRest(edit, { threadTs, into: externalIds }).catch(rethrowUnlessUnrelated);
    }
    for (const surplus of targets.slice(parts.length))
      await deleteMessage(options, surplus, context.signal).catch(rethrowUnlessUnrelated);
    return { externalIds: [...externalIds, ...fileIds] };
  } catch (error) {
    throw keepSent(error, externalIds);
  }
}

/** Returns the thread of the message, if Slack's answer contains it. */
async function updateAll({ parts, targets, context, options }: Edit): Promise<string | undefined> {
  let threadTs: string | undefined;
  for (const [index, target] of targets.entries()) {
    const part = parts[index];
    if (part === undefined) break;
    const update = () => updateStopped(target, { part, options, signal: context.signal });
    const answer = await (index === 0 ? update() : update().catch(rethrowUnlessUnrelated));
    threadTs ??= threadOf(answer.message);
  }
  return threadTs;
}

interface Update {
  readonly part: Part;
  readonly options: EditOptions;
  readonly signal: AbortSignal;
}

/** Changes a message. If it is still streaming, perhaps for another process, the stream is stopped first. */
async function updateStopped(target: Target, update: Update): Promise<ChatUpdateResponse> {
  try {
    return await updateMessage(target, update);
  } catch (error) {
    if (platformCodeOf(error) !== "streaming_state_conflict") throw error;
  }
  await update.options.streams.end(target, update.signal);
  return await updateMessage(target, update);
}

async function updateMessage(
  { channel, ts }: Target,
  { part, options, signal }: Update,
): Promise<ChatUpdateResponse> {
  return await withPicturesOrLinks(part, ({ text, blocks }) =>
    options.client.call({
      // NOTE: without `blocks`, Slack keeps the old ones and shows them instead of the text.
      method: "chat.update",
      args: { channel, ts, text, blocks: [...blocks], parse: "none" },
      signal,
      repeatable: true,
      isChange: true,
    }),
  );
}

function threadOf(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null || !("thread_ts" in message)) return undefined;
  return typeof message.thread_ts === "string" ? message.thread_ts : undefined;
}

interface Rest {
  readonly threadTs: string | undefined;
  /** The ids so far, to which the new ones are added. */
  readonly into: string[];
}

async function postRest(edit: Edit, { threadTs: known, into }: Rest): Promise<void> {
  const { command, context, options, parts, targets } = edit;
  const [first] = targets;
  if (first === undefined) return;
  const { channel } = first;
  const { signal } = context;
  const threadTs = known ?? (await findThread(edit, first));
  const since = new Date(options.now().getTime() - lookBackMs);
  const place = { channel, threadTs, since, signal };
  const stamped =
    context.attempt > 1 ? await findStamped(options.client, command.id, place) : new Map<number, string>();
  for (const [index, part] of parts.entries()) {
    if (index < targets.length) continue;
    const stamp = { sendId: command.id, part: index + 1, parts: parts.length };
    const earlier = stamped.get(stamp.part);
    into.push(
      earlier ?? (await post(options.client, { channel, threadTs, broadcast: false, part, stamp, signal })),
    );
  }
}

/** A further message belongs in the same thread or channel as the first. */
async function findThread({ command, context, options }: Edit, target: Target): Promise<string | undefined> {
  const { channel, ts } = target;
  const named = command.conversationExternalId === channel ? addressOf(command, context).thread : undefined;
  if (named !== undefined) return named.ts;
  const root = await askFor(options.client, { channel, ts, signal: context.signal });
  if (root !== undefined) return root === ts ? undefined : root;
  throw new DeliveryError({
    kind: "permanent",
    reason: "auth",
    message:
      "The edited text needs a second message, and Mio cannot read in which thread; give the app a scope to read history.",
  });
}

function unsupported(message: string): DeliveryError {
  return new DeliveryError({ kind: "permanent", reason: "unsupported", message });
}
