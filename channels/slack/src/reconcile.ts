import { type CallContext, DeliveryError, type EarlierAttempt, type Reconciliation } from "@mio/channel-kit";
import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { attributeKeys } from "./attributes.ts";
import type { SlackClient } from "./client.ts";
import { compositeId, fileMessageId } from "./composite-id.ts";
import { addressOf } from "./send/address.ts";
import { type Composition, compose } from "./send/compose.ts";
import { titleOf } from "./send/files.ts";
import { type History, type HistoryMessage, readHistory } from "./send/history.ts";
import type { ThreadRoots } from "./send/thread-roots.ts";

/** How far Slack's clock may be behind ours. */
const skewMs = 60_000;
/** A call ends within this time, so what is not visible after it was not posted. */
const settleMs = 15_000;
const lookAgainMs = 5_000;

export interface ReconcileOptions {
  readonly client: SlackClient;
  readonly roots: ThreadRoots;
  readonly now: () => Date;
}

/**
 * Looks for the messages of an earlier attempt by the stamp that each of them carries. Files carry none: they are known
 * by their names, in a message of a bot's since the attempt. It believes in absence only when the history was read to
 * its end, shows nothing that could be ours without its stamp, and the attempt is long over.
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
}

async function look(
  command: SendCommand,
  { attempt, context }: { readonly attempt: EarlierAttempt; readonly context: CallContext },
  { client, roots, now }: ReconcileOptions,
): Promise<Reconciliation> {
  const { signal, alreadySent: known } = context;
  const address = addressOf(command, context);
  const composition = compose(command);
  const threadTs = await roots.find(address, signal);
  const { channel } = address;
  const since = new Date(attempt.startedAt.getTime() - skewMs);
  const history = await readHistory(client, { channel, threadTs, since, signal });
  return decide(history, { command, channel, composition, attempt, known, now: now() });
}

function decide({ messages: listed, isWhole }: History, question: Question): Reconciliation {
  const { composition, attempt, known, now } = question;
  const { parts, files } = composition;
  // A thread is listed with its first message, however old that is.
  const messages = listed.filter(({ ts }) => Number(ts) * 1_000 >= attempt.startedAt.getTime() - skewMs);
  const further = furtherParts(messages, question);
  const shared = files.length === 0 ? [] : messages.filter((message) => isShared(message, question));
  if (further === undefined || shared.length > 1) return { kind: "undecided" };
  const sharedIds = shared.map(({ ts }) => compositeId(question.channel, ts));
  const externalIds = [
    ...known,
    ...further,
    ...(parts.length === 0 ? sharedIds : sharedIds.map(fileMessageId)),
  ];
  const isTextDone = known.length + further.length >= parts.length;
  const areFilesDone = files.length === 0 || known.length > parts.length || shared.length === 1;
  if (isTextDone && areFilesDone) return { kind: "found", sent: { externalIds } };
  if (!isWhole || shared.length > 0 || messages.some((message) => isDoubtful(message, composition))) {
    return { kind: "undecided" };
  }
  const remainingMs = attempt.startedAt.getTime() + settleMs - now.getTime();
  if (remainingMs > 0) return { kind: "later", afterMs: remainingMs };
  return externalIds.length === 0 ? { kind: "absent" } : { kind: "partial", sent: { externalIds } };
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
function isShared(message: HistoryMessage, { channel, composition, attempt, known }: Question): boolean {
  const { botId, stamp, fileNames, ts } = message;
  const id = compositeId(channel, ts);
  const isTaken = [id, fileMessageId(id)].some(
    (one) => attempt.claimedExternalIds.has(one) || known.includes(one),
  );
  if (botId === "" || stamp !== undefined || isTaken) return false;
  const { files } = composition;
  return files.length === fileNames.length && files.every((file) => fileNames.includes(titleOf(file)));
}

/** A bot's message with our text and without a stamp: Slack may have left the stamp out. */
function isDoubtful({ botId, stamp, text }: HistoryMessage, { parts }: Composition): boolean {
  return botId !== "" && stamp === undefined && parts.some((part) => part.text.trim() === text.trim());
}
