import { type CallContext, DeliveryError, type EarlierAttempt, type Reconciliation } from "@mio/channel-kit";
import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import type { SlackClient } from "../access/client.ts";
import { type Composition, compose } from "../content/write/compose.ts";
import { saysTheSame } from "../content/write/words.ts";
import { addressOf } from "../identity/address.ts";
import { attributeKeys } from "../identity/attribute-keys.ts";
import { compositeId, fileMessageId } from "../identity/composite-id.ts";
import { callTimes } from "./call-times.ts";
import { type History, type HistoryMessage, readHistory } from "./stamps/history.ts";
import { withoutForeignStamps } from "./stamps/own-stamps.ts";
import { streamPlaceOf } from "./stream/streamable.ts";
import type { ThreadRoots } from "./thread-roots.ts";
import { titleOf } from "./upload.ts";

/** Slack's clock skew. Stamps are unambiguous, so they are searched further back. */
const skewMs = 60_000;
const stampSkewMs = 300_000;
const lookAgainMs = 5_000;

export interface ReconcileOptions {
  readonly client: SlackClient;
  readonly roots: ThreadRoots;
  readonly now: () => Date;
}

/**
 * Searches for the messages of an earlier attempt by the stamp on each of them. Files and streams have no stamp.
 * Files are recognised by their names, in a message of a bot since the attempt; a stream by its text, if it is our
 * bot's only one in its thread since the attempt. The result is `absent` only if the history was read to its end,
 * contains nothing that could be ours without a stamp, and the attempt can no longer be running.
 */
export async function reconcile(
  command: SendCommand,
  earlier: { readonly attempt: EarlierAttempt; readonly context: CallContext },
  options: ReconcileOptions,
): Promise<Reconciliation> {
  if (!isPost(command)) return { kind: "absent" };
  if (command.attributes[attributeKeys.ephemeralUser]) return { kind: "undecided" };
  try {
    return await look(command, earlier, options);
  } catch (error) {
    if (error instanceof DeliveryError) return afterFailure(error);
    throw error;
  }
}

/** Everything except a post is idempotent. */
function isPost({ relation, editOfExternalId, editOfMessageId, attributes }: SendCommand): boolean {
  const kind = relation?.kind ?? MessageRelation_Kind.UNSPECIFIED;
  const isEdit = editOfExternalId !== "" || editOfMessageId !== "" || Boolean(attributes["replaces_send_id"]);
  return !isEdit && (kind === MessageRelation_Kind.UNSPECIFIED || kind === MessageRelation_Kind.REPLY);
}

/**
 * An invalid command was never posted. Without the right to read, nothing is known. A temporary failure means
 * `later`.
 */
function afterFailure({ kind, reason, retry }: DeliveryError): Reconciliation {
  if (kind === "permanent") return { kind: reason === "invalid" ? "absent" : "undecided" };
  return { kind: "later", afterMs: typeof retry === "object" ? retry.afterMs : lookAgainMs };
}

interface Question {
  readonly command: SendCommand;
  readonly channel: string;
  readonly composition: Composition;
  readonly attempt: EarlierAttempt;
  /** The ids that earlier attempts are known to have posted. */
  readonly known: readonly string[];
  readonly now: Date;
  /** Whether the attempt may have started a stream. */
  readonly mayStream: boolean;
}

async function look(
  command: SendCommand,
  { attempt, context }: { readonly attempt: EarlierAttempt; readonly context: CallContext },
  { client, roots, now }: ReconcileOptions,
): Promise<Reconciliation> {
  const { signal, alreadySent: known } = context;
  const address = addressOf(command, context);
  const composition = await compose(command);
  const threadTs = await roots.find(address, signal);
  const { channel } = address;
  const since = new Date(attempt.startedAt.getTime() - stampSkewMs);
  const { messages: listed, isWhole } = await readHistory(client, { channel, threadTs, since, signal });
  const messages = await withoutForeignStamps(listed, { client, sendId: command.id, signal });
  const history = { messages, isWhole };
  const mayStream = known.length === 0 && streamPlaceOf(command, address) !== undefined;
  const question = { command, channel, composition, attempt, known, now: now(), mayStream };
  const answer = decide(history, question);
  if (answer.kind === "found" || !mayStream) return answer;
  return (await findStream(history, question, { client, signal })) ?? answer;
}

function decide({ messages: listed, isWhole }: History, question: Question): Reconciliation {
  const messages = recentOf(listed, question);
  const further = furtherParts(listed, question);
  const shared = messages.filter((message) => isShared(message, question));
  const { isDone, externalIds } = progressOf(question, further ?? [], shared);
  const isClear = further !== undefined && shared.length <= 1;
  if (isClear && isDone) return { kind: "found", sent: { externalIds } };
  // A missing message may still come, from a process that has gone silent.
  const remainingMs = remainingOf(question);
  if (remainingMs > 0) return { kind: "later", afterMs: remainingMs };
  const isDoubted = shared.length > 0 || messages.some((message) => isDoubtful(message, question));
  if (!isClear || !isWhole || isDoubted) return { kind: "undecided" };
  return externalIds.length === 0 ? { kind: "absent" } : { kind: "partial", sent: { externalIds } };
}

/** The existing parts of the command, and whether that is all. */
function progressOf(
  { channel, composition, known }: Question,
  further: readonly string[],
  shared: readonly HistoryMessage[],
): { readonly isDone: boolean; readonly externalIds: readonly string[] } {
  const { parts, files } = composition;
  const sharedIds = shared.map(({ ts }) => compositeId(channel, ts));
  const isTextDone = known.length + further.length >= parts.length;
  const areFilesDone = files.length === 0 || known.length > parts.length || shared.length === 1;
  return {
    isDone: isTextDone && areFilesDone,
    externalIds: [...known, ...further, ...(parts.length === 0 ? sharedIds : sharedIds.map(fileMessageId))],
  };
}

/** A thread's history contains its first message, however old that is. */
function recentOf(listed: readonly HistoryMessage[], { attempt }: Question): readonly HistoryMessage[] {
  const since = attempt.startedAt.getTime() - skewMs;
  return listed.filter(({ ts }) => Number(ts) * 1_000 >= since);
}

function remainingOf({ command, attempt, now }: Question): number {
  return attempt.startedAt.getTime() + callTimes.settledAfterMs(command) - now.getTime();
}

/**
 * The stream of the attempt, if it is the only candidate. Undefined if there is none; if there are two, or one of
 * unknown author, it may be ours.
 */
async function findStream(
  { messages: listed }: History,
  question: Question,
  { client, signal }: { readonly client: SlackClient; readonly signal: AbortSignal },
): Promise<Reconciliation | undefined> {
  const { channel, command } = question;
  const streams = recentOf(listed, question).filter((message) => isOpenStream(message, question));
  const [stream, second] = streams;
  if (stream === undefined) return undefined;
  if (second === undefined && saysTheSame(stream.text, command.text)) {
    const self = await client.call({ method: "auth.test", args: {}, signal, repeatable: true });
    if (self.bot_id === stream.botId)
      return { kind: "found", sent: { externalIds: [compositeId(channel, stream.ts)] } };
  }
  const remainingMs = remainingOf(question);
  return remainingMs > 0 ? { kind: "later", afterMs: remainingMs } : { kind: "undecided" };
}

/**
 * The ids of the parts after the known ones, up to the first missing one. Undefined if later parts exist: parts are
 * posted in order, so someone has deleted one.
 */
function furtherParts(
  messages: readonly HistoryMessage[],
  { command, channel, known }: Question,
): readonly string[] | undefined {
  const stamped = new Map<number, string>();
  for (const { ts, stamp } of messages) {
    if (stamp?.sendId === command.id && stamp.part > known.length) stamped.set(stamp.part, ts);
  }
  const found: string[] = [];
  for (
    let ts = stamped.get(known.length + 1);
    ts !== undefined;
    ts = stamped.get(known.length + found.length + 1)
  ) {
    found.push(compositeId(channel, ts));
  }
  return found.length < stamped.size ? undefined : found;
}

/** Whether a message shows all of the command's files, and no known command posted it. */
function isShared(message: HistoryMessage, question: Question): boolean {
  if (!isUnclaimed(message, question)) return false;
  const { files } = question.composition;
  const { fileNames } = message;
  return (
    files.length > 0 &&
    files.length === fileNames.length &&
    files.every((file) => fileNames.includes(titleOf(file)))
  );
}

function isOpenStream(message: HistoryMessage, question: Question): boolean {
  return message.isStream && isUnclaimed(message, question);
}

/** A bot's message without a stamp that belongs to no known command. */
function isUnclaimed({ botId, stamp, ts }: HistoryMessage, question: Question): boolean {
  const { channel, attempt, known } = question;
  const id = compositeId(channel, ts);
  const isTaken = [id, fileMessageId(id)].some(
    (one) => attempt.claimedExternalIds.has(one) || known.includes(one),
  );
  return botId !== "" && stamp === undefined && !isTaken;
}

/** A message with our text and no stamp: Slack may have dropped the stamp. */
function isDoubtful(message: HistoryMessage, question: Question): boolean {
  const { parts } = question.composition;
  return isUnclaimed(message, question) && parts.some((part) => saysTheSame(part.text, message.text));
}
