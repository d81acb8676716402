import { type CallContext, DeliveryError, type EarlierAttempt, type Reconciliation } from "@mio/channel-kit";
import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { addressOf, isPostedByBot } from "./address.ts";
import { canonicalId } from "./canonical-id.ts";
import type { CliqClient } from "./client.ts";
import { type CliqMessageBody, type MessagePlan, toPlan } from "./format.ts";
import { comparable, type HistoryRow, isOwnRow, type OwnNames, pageSize, readHistory } from "./history.ts";

/** How far Cliq's clock may be behind ours. */
const skewMs = 10_000;
/** A call ends within this time, so what is not visible after it was not posted. */
const settleMs = 15_000;
const uploadSettleMs = 45_000;
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
 * Looks for the messages of an earlier attempt in the history of their chat. It takes a message for ours only when our
 * bot wrote it since the attempt, no other command made it, and it is the only one with the text. It believes in
 * absence only when the history was read to its end, shows nothing of ours that could be it, and the attempt is
 * long over.
 */
export function createReconcile(options: ReconcileOptions): Reconcile {
  return async (command, attempt, context) => {
    if (isEdit(command)) return { kind: "absent" };
    const chat = command.conversationExternalId;
    const from = attempt.startedAt.getTime() - skewMs;
    try {
      if (chat === "" || !isPostedByBot(addressOf(command))) return { kind: "undecided" };
      const plan = toPlan(command);
      const rows = await readHistory(options.client, { chat, from, signal: context.signal });
      if (rows === undefined) return { kind: "undecided" };
      return decide(rows, { options, plan, attempt, from, alreadySent: context.alreadySent });
    } catch (error) {
      if (error instanceof DeliveryError) return afterFailure(error);
      throw error;
    }
  };
}

/** Without the right to read nothing can be decided; a failure that passes can be asked about again. */
function afterFailure({ kind, retry }: DeliveryError): Reconciliation {
  if (kind === "permanent") return { kind: "undecided" };
  return { kind: "later", afterMs: typeof retry === "object" ? retry.afterMs : lookAgainMs };
}

interface Question {
  readonly options: ReconcileOptions;
  readonly plan: MessagePlan;
  readonly attempt: EarlierAttempt;
  readonly from: number;
  readonly alreadySent: readonly string[];
}

function decide(rows: readonly HistoryRow[], question: Question): Reconciliation {
  const { plan, alreadySent } = question;
  const known = new Set([...question.attempt.claimedExternalIds, ...alreadySent].map(canonicalId));
  const open = rows.filter(({ id, time }) => time >= question.from && !known.has(id));
  const own = open.filter((row) => isOwnRow(row, question.options));
  const messages = matchMessages(plan.messages.slice(alreadySent.length), open, own);
  if (messages === "unclear") return { kind: "undecided" };
  const isWhole =
    messages.length === plan.messages.length - Math.min(alreadySent.length, plan.messages.length);
  const names = new Set(plan.files.map(({ filename }) => filename));
  const files = isWhole ? own.filter(({ fileName }) => fileName !== undefined && names.has(fileName)) : [];
  const ids = [...alreadySent, ...[...messages, ...files].map(({ id }) => id)];
  if (isWhole && (plan.files.length === 0 || files.length > 0))
    return { kind: "found", sent: { externalIds: ids } };
  // Our words may look different in the history, and a full page may hide older ones.
  if (own.length > messages.length || rows.length >= pageSize) return { kind: "undecided" };
  const remainingMs = remainingOf(question);
  if (remainingMs > 0) return { kind: "later", afterMs: remainingMs };
  return ids.length === 0 ? { kind: "absent" } : { kind: "partial", sent: { externalIds: ids } };
}

function remainingOf({ plan, attempt, options }: Question): number {
  const settle = plan.files.length > 0 ? uploadSettleMs : settleMs;
  return attempt.startedAt.getTime() + settle - options.now().getTime();
}

/** The rows of the first messages, up to the one that is not there. */
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
    // A card may have been posted as the authorising user, whose own words look the same.
    if (found === undefined && rich !== undefined && open.some(isSame)) return "unclear";
    if (found === undefined) break;
    matched.push(found);
  }
  return matched;
}

/**
 * The messages of our bot with these texts, since a time and up to the first text that is not there.
 *
 * @throws DeliveryError when Cliq does not tell.
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

/** Doing an edit again shows the same as doing it once. */
function isEdit(command: SendCommand): boolean {
  const replaced = command.attributes["replaces_send_id"] ?? "";
  const isRelated = command.relation?.kind === MessageRelation_Kind.EDIT;
  return isRelated || command.editOfExternalId !== "" || command.editOfMessageId !== "" || replaced !== "";
}
