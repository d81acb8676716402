import { decodeReceipt, receiptSubject } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { streamNames } from "@mio/jetstream";
import { createBackoff, pause, systemClock } from "@mio/pacing";
import { type DeliveryReceipt, DeliveryReceipt_State } from "@mio/proto";
import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { isStreamMissing, missingStream } from "../connection/server-check.ts";
import type { Session } from "../connection/session.ts";
import { type Receipt, toReceipt } from "../words/receipt.ts";
import type { SentCommand } from "./send.ts";

const backoff = createBackoff({ baseMs: 50, maxMs: 1_000 });

/** Settings of {@link Mio.receipt}. */
export interface ReceiptOptions {
  /** How long to wait. Milliseconds, default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads the receipts of the conversation from the oldest that the stream has, so a receipt that came before the call
 * is found. With a command id alone it reads the receipts of all conversations, which is slower.
 */
export async function awaitReceipt(
  session: Session,
  command: SentCommand | string,
  options: ReceiptOptions,
): Promise<Receipt> {
  const commandId = typeof command === "string" ? command : command.commandId;
  const filter = typeof command === "string" ? "mio.receipt.>" : receiptSubject(command);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const aborted = options.signal ?? new AbortController().signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  const ending = AbortSignal.any([timeout, session.closing, aborted]);
  let missing: MioError | undefined;
  for (let tries = 1; !ending.aborted; tries += 1) {
    await session.link.whenUp(ending);
    const found = await readReceipts(session, { filter, commandId, ending });
    if (found !== undefined && !(found instanceof MioError)) return toReceipt(found);
    missing = found;
    await pause(backoff.delayMs(tries), { clock: systemClock, signal: ending });
  }
  if (aborted.aborted) throw new MioError("sdk.aborted", "Waiting for the receipt was aborted.");
  if (session.closing.aborted) {
    throw new MioError("sdk.closed", "The connection was disposed before the receipt came.");
  }
  if (missing !== undefined) throw missing;
  throw new MioError("sdk.receipt_timeout", `No receipt for the command came within ${timeoutMs} ms.`, {
    retry: "soon",
    details: { command_id: commandId },
  });
}

interface Search {
  readonly filter: string;
  readonly commandId: string;
  readonly ending: AbortSignal;
}

/** Returns the receipt, undefined when reading ended or was interrupted, or the error when the stream is missing. */
async function readReceipts(
  session: Session,
  search: Search,
): Promise<DeliveryReceipt | MioError | undefined> {
  let close = () => {};
  try {
    const options = { filter_subjects: search.filter, deliver_policy: DeliverPolicy.All };
    const consumer = await session.link.guard(session.js.consumers.get(streamNames.receipts, options));
    const receipts = await consumer.consume({ max_messages: 500, idle_heartbeat: 2_000 });
    close = () => void receipts.close();
    if (search.ending.aborted) return undefined;
    search.ending.addEventListener("abort", close, { once: true });
    return await findReceipt(receipts, search.commandId);
  } catch (error) {
    return isStreamMissing(error) ? missingStream(streamNames.receipts, error) : undefined;
  } finally {
    search.ending.removeEventListener("abort", close);
    close();
  }
}

/** Returns the final receipt of a command, or else the last `unknown` one; undefined when reading ended. */
async function findReceipt(
  receipts: ConsumerMessages,
  commandId: string,
): Promise<DeliveryReceipt | undefined> {
  let unresolved: DeliveryReceipt | undefined;
  for await (const entry of receipts) {
    const receipt = tryDecode(entry);
    if (receipt?.commandId === commandId) {
      if (receipt.state !== DeliveryReceipt_State.UNKNOWN) return receipt;
      unresolved = receipt;
    }
    if (unresolved !== undefined && entry.info.pending === 0) return unresolved;
  }
  return unresolved;
}

function tryDecode(entry: JsMsg): DeliveryReceipt | undefined {
  try {
    return decodeReceipt(entry.data);
  } catch {
    return undefined;
  }
}
