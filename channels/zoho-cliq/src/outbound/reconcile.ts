import { type CallContext, DeliveryError, type EarlierAttempt, type Reconciliation } from "@mio/channel-kit";
import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import type { CliqClient } from "../access/client.ts";
import { type CliqMessageBody, type MessagePlan, toPlan } from "../content/write/compose.ts";
import { addressOf, isPostedByBot } from "../identity/address.ts";
import { attributeKeys } from "../identity/attribute-keys.ts";
import { canonicalId } from "../identity/canonical-id.ts";
import { platformId } from "../identity/message-ids.ts";
import { callTimes } from "./call-times.ts";
import { comparable, type HistoryRow, isOwnRow, type OwnNames, pageSize, readHistory } from "./history.ts";

/** Cliq's clock skew, for accepting a message as ours and for excluding one as another's. */
const skewMs = 10_000;
const doubtfulSkewMs = 60_000;
const lookAgainMs = 5_000;

export interface ReconcileOptions extends OwnNames {
  readonly client: CliqClient;
  readonly now: () => Date;
}

type Reconcile = (
  command: SendCommand,
  attempt: EarlierAttempt,
  context: CallContext,
) => Promise<Reconciliation>;

/**
 * Searches the history of the chat for the messages of an earlier attempt. A message counts as ours only if our bot
 * wrote it since the attempt, it belongs to no other command, and it is the only one with the text. The result is
 * `absent` only if the history was read to its end, contains nothing of ours that could match, and the attempt can no
 * longer be running.
 */
export function createReconcile(options: ReconcileOptions): Reconcile {
  return async (command, attempt, context) => {
    if (isEdit(command)) return { kind: "absent" };
    const chat = command.conversationExternalId;
    const from = attempt.startedAt.getTime() - doubtfulSkewMs;
    try {
      if (chat === "" || !isPostedByBot(addressOf(command)) || opensThread(command))
        return { kind: "undecided" };
      const plan = await toPlan(command);
      const rows = await readHistory(options.client, { chat, from, signal: context.signal });
      if (rows === undefined) return { kind: "undecided" };
      return decide(rows, { options, command, plan, attempt, alreadySent: context.alreadySent });
    } catch (error) {
      if (error instanceof DeliveryError) return afterFailure(error);
      throw error;
    }
  };
}

/** Without the right to read, nothing can be decided. A temporary failure means `later`. */
function afterFailure({ kind, retry }: DeliveryError): Reconciliation {
  if (kind === "permanent") return { kind: "undecided" };
  return { kind: "later", afterMs: typeof retry === "object" ? retry.afterMs : lookAgainMs };
}

interface Question {
  readonly options: ReconcileOptions;
  readonly command: SendCommand;
  readonly plan: MessagePlan;
  readonly attempt: EarlierAttempt;
  readonly alreadySent: readonly string[];
}

function decide(listed: readonly HistoryRow[], question: Question): Reconciliation {
  const { plan, alreadySent, options, attempt } = question;
  const rows = unclaimed(listed, question);
  const since = attempt.startedAt.getTime() - skewMs;
  const open = rows.filter(({ time }) => time >= since);
  const own = open.filter((row) => isOwnRow(row, options));
  const wanted = plan.messages.slice(alreadySent.length);
  const matched = matchMessages(wanted, open, own);
  const messages = matched === "unclear" ? [] : matched;
  const isTextDone = matched !== "unclear" && messages.length === wanted.length;
  const files = isTextDone ? own.filter((row) => showsFileOf(plan, row)) : [];
  const ids = [...alreadySent, ...[...messages, ...files].map(({ id }) => id)];
  if (isTextDone && (plan.files.length === 0 || files.length > 0))
    return { kind: "found", sent: { externalIds: ids } };
  // A missing message may still come, from a process that has gone silent.
  const remainingMs =
    attempt.startedAt.getTime() + callTimes.settledAfterMs(question.command) - options.now().getTime();
  if (remainingMs > 0) return { kind: "later", afterMs: remainingMs };
  const isEarly = (row: HistoryRow): boolean => row.time < since && isLikeOurs(row, question);
  // Our text may look different in the history, and a full page may hide older messages.
  const isDoubted = own.length > messages.length || listed.length >= pageSize || rows.some(isEarly);
  if (matched === "unclear" || isDoubted) return { kind: "undecided" };
  return ids.length === 0 ? { kind: "absent" } : { kind: "partial", sent: { externalIds: ids } };
}

/** The messages of no known command, since the attempt minus the clock skew. */
function unclaimed(listed: readonly HistoryRow[], { attempt, alreadySent }: Question): readonly HistoryRow[] {
  const from = attempt.startedAt.getTime() - doubtfulSkewMs;
  const known = new Set([...attempt.claimedExternalIds, ...alreadySent].map(canonicalId));
  return listed.filter(({ id, time }) => time >= from && !known.has(id));
}

function showsFileOf({ files }: MessagePlan, { fileName }: HistoryRow): boolean {
  return fileName !== undefined && files.some(({ filename }) => filename === fileName);
}

/** Whether a message of our bot could be one of the command's, ignoring its time. */
function isLikeOurs(row: HistoryRow, { plan, options }: Question): boolean {
  const saysSo = plan.messages.some(({ text }) => comparable(text) === row.text);
  return isOwnRow(row, options) && (saysSo || showsFileOf(plan, row));
}

/** The rows of the first messages, up to the first missing one. */
function matchMessages(
  messages: readonly CliqMessageBody[],
  open: readonly HistoryRow[],
  own: readonly HistoryRow[],
): readonly HistoryRow[] | "unclear" {
  const matched: HistoryRow[] = [];
  for (const { text, rich } of messages) {
    const isSame = (row: HistoryRow): boolean => row.text === comparable(text) && !matched.includes(row);
    const [found, second] = own.filter(isSame);
    if (second !== undefined) return "unclear";
    // A card may have been posted as the authorising user, whose own messages look the same, or it may show no text.
    const mayBeCard = (row: HistoryRow): boolean =>
      isSame(row) || (row.text === "" && row.fileName === undefined && !own.includes(row));
    if (found === undefined && rich !== undefined && open.some(mayBeCard)) return "unclear";
    if (found === undefined) break;
    matched.push(found);
  }
  return matched;
}

/**
 * The messages of our bot with these texts since a time, up to the first missing text.
 *
 * @throws DeliveryError if Cliq does not return the history.
 */
export async function findOwnTexts(
  options: ReconcileOptions,
  wanted: { readonly chat: string; readonly from: number; readonly texts: readonly string[] },
  { signal }: CallContext,
): Promise<readonly string[]> {
  const rows = await readHistory(options.client, { ...wanted, signal });
  if (rows === undefined) throw unreadable();
  const own = rows.filter((row) => row.time >= wanted.from && isOwnRow(row, options));
  const ids = wanted.texts.map((text) => own.find((row) => row.text === comparable(text))?.id);
  const end = ids.indexOf(undefined);
  return ids.slice(0, end < 0 ? ids.length : end).flatMap((id) => id ?? []);
}

function unreadable(): DeliveryError {
  const message = "Cliq's history of the chat could not be read.";
  return new DeliveryError({ kind: "transient", reason: "platform_down", message });
}

/** The post goes into the chat of a new or existing thread, whose id is unknown. */
function opensThread({ attributes }: SendCommand): boolean {
  return platformId(attributes[attributeKeys.threadMessageId] ?? "") !== undefined;
}

/** A repeated edit shows the same as one. */
function isEdit(command: SendCommand): boolean {
  const replaced = command.attributes["replaces_send_id"] ?? "";
  const isRelated = command.relation?.kind === MessageRelation_Kind.EDIT;
  return isRelated || command.editOfExternalId !== "" || command.editOfMessageId !== "" || replaced !== "";
}
