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

/** How far Slack's clock may be behind ours. Stamps cannot be mistaken, so they are looked for further back. */
const skewMs = 60_000;
const stampSkewMs = 300_000;
const lookAgainMs = 5_000;

export interface ReconcileOptions {
  readonly client: SlackClient;
  readonly roots: ThreadRoots;
  readonly now: () => Date;
}

/**
 * Looks for the messages of an earlier attempt by the stamp that each of them carries. Files and streams carry none:
 * files are known by their names, in a message of a bot's since the attempt, a stream by its text, as the only one of
 * our bot's in its thread since the attempt. It believes in absence only when the history was read to its end, shows
 * nothing that could be ours without its stamp, and the attempt cannot be under way any more.
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

/** Doing anything but a post again shows the same as doing it once. */
function isPost({ relation, editOfExternalId, editOfMessageId, attributes }: SendCommand): boolean {
  const kind = relation?.kind ?? MessageRelation_Kind.UNSPECIFIED;
  const isEdit = editOfExternalId !== "" || editOfMessageId !== "" || Boolean(attributes["replaces_send_id"]);
  return !isEdit && (kind === MessageRelation_Kind.UNSPECIFIED || kind === MessageRelation_Kind.REPLY);
}

/** What was invalid was never posted. Without the right to read nothing is known; a failure that passes, passes. */
function afterFailure({ kind, reason, retry }: DeliveryError): Reconciliation {
  if (kind === "permanent") return { kind: reason === "invalid" ? "absent" : "undecided" };
  return { kind: "later", afterMs: typeof retry === "object" ? retry.afterMs : lookAgainMs };
}

interface Question {
  readonly command: SendCommand;
  readonly channel: string;
  readonly composition: Composition;
  readonly attempt: EarlierAttempt;
  /** What attempts before this one are known to have made. */
  readonly known: readonly string[];
  readonly now: Date;
  /** Whether the attempt may have begun a stream. */
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
  // What is not to be seen yet may still come, from a process that nobody hears from.
  const remainingMs = remainingOf(question);
  if (remainingMs > 0) return { kind: "later", afterMs: remainingMs };
  const isDoubted = shared.length > 0 || messages.some((message) => isDoubtful(message, question));
  if (!isClear || !isWhole || isDoubted) return { kind: "undecided" };
  return externalIds.length === 0 ? { kind: "absent" } : { kind: "partial", sent: { externalIds } };
}

/** What is there of the command, and whether that is all. */
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

/** A thread is listed with its first message, however old that is. */
function recentOf(listed: readonly HistoryMessage[], { attempt }: Question): readonly HistoryMessage[] {
  const since = attempt.startedAt.getTime() - skewMs;
  return listed.filter(({ ts }) => Number(ts) * 1_000 >= since);
}

function remainingOf({ command, attempt, now }: Question): number {
  return attempt.startedAt.getTime() + callTimes.settledAfterMs(command) - now.getTime();
}

/**
 * The stream that the attempt began, if it is the only one that can be. Undefined without any such; two, or one of
 * which we cannot tell whose it is, may be ours.
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
 * The ids of the parts after the known ones, until one is missing. Undefined when later ones are there all the same:
 * parts are posted one after the other, so somebody has deleted one.
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

/** Whether a message shows all of the command's files, and nobody is known to have made it. */
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

/** A bot's message that has no stamp, and of which nobody knows which command made it. */
function isUnclaimed({ botId, stamp, ts }: HistoryMessage, question: Question): boolean {
  const { channel, attempt, known } = question;
  const id = compositeId(channel, ts);
  const isTaken = [id, fileMessageId(id)].some(
    (one) => attempt.claimedExternalIds.has(one) || known.includes(one),
  );
  return botId !== "" && stamp === undefined && !isTaken;
}

/** A message that says what we said, without a stamp: Slack may have left the stamp out. */
function isDoubtful(message: HistoryMessage, question: Question): boolean {
  const { parts } = question.composition;
  return isUnclaimed(message, question) && parts.some((part) => saysTheSame(part.text, message.text));
}
