import { type CallContext, DeliveryError, type EarlierAttempt, type Reconciliation } from "@mio/channel-kit";
import { MessageRelation_Kind, type SendCommand } from "@mio/proto";
import { z } from "zod";
import { attributeKeys } from "./attributes.ts";
import { type BotIds, isBotId } from "./bot-ids.ts";
import { canonicalId } from "./canonical-id.ts";
import type { CliqClient } from "./client.ts";
import { parseJson } from "./parse-json.ts";

/** How far Cliq's clock may be behind ours. */
const skewMs = 10_000;
/** A call ends within this time, so what is not visible after it was not posted. */
const settleMs = 15_000;
const lookAgainMs = 5_000;
/** The most that Cliq lists at once. */
const pageSize = 100;

export interface ReconcileOptions {
  readonly client: CliqClient;
  readonly botName: string;
  readonly ownBots: BotIds;
  readonly now: () => Date;
}

type Reconcile = (
  command: SendCommand,
  attempt: EarlierAttempt,
  context: CallContext,
) => Promise<Reconciliation>;

/**
 * Looks for the message of an earlier attempt in the history of its chat. It takes a message for ours only when our
 * bot wrote it since the attempt, no other command made it, and it is the only one with the text. It believes in
 * absence only when the history was read to its end, shows nothing of ours that could be it, and the attempt is
 * long over.
 */
export function createReconcile(options: ReconcileOptions): Reconcile {
  return async (command, attempt, context) => {
    if (isEdit(command)) return { kind: "absent" };
    if (command.conversationExternalId === "" || !isPostedByBot(command)) return { kind: "undecided" };
    const from = attempt.startedAt.getTime() - skewMs;
    try {
      const rows = await readHistory(options.client, { chat: command.conversationExternalId, from, context });
      return rows === undefined ? { kind: "undecided" } : decide(rows, { options, command, attempt, from });
    } catch (error) {
      if (error instanceof DeliveryError) return afterFailure(error);
      throw error;
    }
  };
}

/** The messages of a chat since a time; undefined when the answer cannot be read. */
async function readHistory(
  client: CliqClient,
  { chat, from, context }: { readonly chat: string; readonly from: number; readonly context: CallContext },
): Promise<readonly Row[] | undefined> {
  const answer = await client.call({
    method: "GET",
    path: ["chats", chat, "messages"],
    query: { fromtime: String(from), limit: String(pageSize) },
    signal: context.signal,
    repeatable: true,
  });
  return answer.truncated ? undefined : rowsOf(answer.text);
}

/** Without the right to read nothing can be decided; a failure that passes can be asked about again. */
function afterFailure({ kind, retry }: DeliveryError): Reconciliation {
  if (kind === "permanent") return { kind: "undecided" };
  return { kind: "later", afterMs: typeof retry === "object" ? retry.afterMs : lookAgainMs };
}

interface Question {
  readonly options: ReconcileOptions;
  readonly command: SendCommand;
  readonly attempt: EarlierAttempt;
  readonly from: number;
}

function decide(rows: readonly Row[], { options, command, attempt, from }: Question): Reconciliation {
  const claimed = new Set([...attempt.claimedExternalIds].map(canonicalId));
  const ours = rows.filter(
    (row) => row.time >= from && isOwn(row, options) && !claimed.has(canonicalId(row.id)),
  );
  const same = ours.filter((row) => comparable(textOf(row)) === comparable(command.text));
  const [found, second] = same;
  if (found !== undefined && second === undefined) {
    return { kind: "found", sent: { externalIds: [canonicalId(found.id)] } };
  }
  // Our words may look different in the history, and a full page may hide older ones.
  if (ours.length > 0 || rows.length >= pageSize) return { kind: "undecided" };
  const remainingMs = attempt.startedAt.getTime() + settleMs - options.now().getTime();
  return remainingMs > 0 ? { kind: "later", afterMs: remainingMs } : { kind: "absent" };
}

/** Doing an edit again shows the same as doing it once. */
function isEdit(command: SendCommand): boolean {
  const replaced = command.attributes["replaces_send_id"] ?? "";
  const isRelated = command.relation?.kind === MessageRelation_Kind.EDIT;
  return isRelated || command.editOfExternalId !== "" || command.editOfMessageId !== "" || replaced !== "";
}

/** A post to a bare chat is the authorising user's, whose own messages look the same. */
function isPostedByBot({ attributes }: SendCommand): boolean {
  return Boolean(attributes[attributeKeys.channelName] || attributes[attributeKeys.userId]);
}

function isOwn({ sender }: Row, { ownBots, botName }: ReconcileOptions): boolean {
  if (ownBots.has(sender.id)) return true;
  const named = sender.name.toLowerCase() === botName.toLowerCase();
  return ownBots.size === 0 ? isBotId(sender.id) || named : named;
}

function comparable(text: string): string {
  return text.replaceAll("\r\n", "\n").trim();
}

const word = z.union([z.string(), z.number()]).transform(String).catch("");
const optionalText = z.string().optional().catch(undefined);

const row = z.object({
  id: word,
  time: z.coerce.number().catch(0),
  text: optionalText,
  content: z.object({ text: optionalText }).optional().catch(undefined),
  sender: z.object({ id: word, name: word }).catch({ id: "", name: "" }),
});

type Row = z.output<typeof row>;

function textOf({ text, content }: Row): string {
  return text ?? content?.text ?? "";
}

function rowsOf(text: string): readonly Row[] | undefined {
  try {
    return z.object({ data: z.array(row) }).parse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}
