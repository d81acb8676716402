import type { Delivery, Handler, HandlerContext } from "@mio/bus";
import { mimeKind } from "@mio/channel-kit";
import { assertMessage, decodeMessage, encodeMessage } from "@mio/envelope";
import { type Clock, createBackoff } from "@mio/pacing";
import { type Attachment, Attachment_ErrorCode, Attachment_Kind, type Message } from "@mio/proto";
import { tooManyAttempts } from "../attachments/attachment-failure.ts";
import type { AttachmentTask, KeepAttachment, Keeping } from "../attachments/keep-attachment.ts";
import { openAttachments } from "../attachments/open-attachments.ts";
import type { MediaVaultEvents } from "../events.ts";
import type { Names } from "../names/names.ts";
import type { Persist } from "../persist.ts";
import type { AttachmentQueue } from "../queue/attachment-queue.ts";
import type { PublishEnriched } from "./publish-enriched.ts";

export interface EnrichMessageOptions {
  readonly keepAttachment: KeepAttachment;
  readonly queue: AttachmentQueue;
  readonly names: Pick<Names, "complete">;
  readonly publishEnriched: PublishEnriched;
  readonly persist: Persist;
  readonly events: MediaVaultEvents;
  readonly clock: Clock;
}

/** After more deliveries the message is published without its attachments: the download may cause the crash. */
const maxFetchAttempts = 10;

const turnBackoff = createBackoff({ baseMs: 20, maxMs: 1_000 });

/**
 * Handles one queued message: stores its attachments, waits until no earlier message must be published first, and
 * publishes it enriched. A failed download never stops the message.
 */
export function createEnrichMessage(options: EnrichMessageOptions): Handler {
  return async (delivery, context) => {
    const startedAt = performance.now();
    const message = decodeMessage(delivery.payload);
    assertMessage(message);
    const { payload, keepings } = await enrich(message, { ...options, delivery, context });
    await waitForTurn(message, { ...options, delivery, context });
    const { timestamp: storedAt, deliveryCount } = delivery;
    const enriched = { message, payload, storedAt, isRepeated: deliveryCount > 1 };
    const published = await options.publishEnriched(enriched, context.signal);
    options.events.messageEnriched({ message, delivery, keepings, published, startedAt });
    return { kind: "done" };
  };
}

interface Enriching extends EnrichMessageOptions {
  readonly delivery: Delivery;
  readonly context: HandlerContext;
}

interface Enriched {
  readonly payload: Uint8Array;
  readonly keepings: readonly Keeping[];
}

/** An event without attachments is published with its original bytes, unless its sender got a name. */
async function enrich(message: Message, options: Enriching): Promise<Enriched> {
  const open = openAttachments(message);
  const naming = options.names.complete(message, { signal: options.context.signal });
  const [isNamed, ...keepings] = await Promise.all([
    naming,
    ...open.map((task) => keep({ ...task, message }, options)),
  ]);
  const isChanged = isNamed || keepings.length > 0;
  return { payload: isChanged ? encodeMessage(message) : options.delivery.payload, keepings };
}

async function keep(task: AttachmentTask, { context, ...options }: Enriching): Promise<Keeping> {
  const startedAt = performance.now();
  const keeping: Keeping =
    context.attempt > maxFetchAttempts
      ? { kind: "missing", ...tooManyAttempts, attempts: 0 }
      : await options.keepAttachment(task, context.signal);
  options.events.attachmentEnded({ channelType: task.message.channelType, keeping, startedAt });
  note(keeping, task.attachment);
  return keeping;
}

/** NOTE: written into the decoded message, which preserves fields that this version does not know. */
function note(keeping: Keeping, attachment: Attachment): void {
  if (keeping.kind === "missing") {
    attachment.errorCode = keeping.wireCode;
    return;
  }
  attachment.storageKey = keeping.storageKey;
  attachment.contentSha256 = keeping.sha256;
  attachment.bytes = BigInt(keeping.bytes);
  attachment.mime = keeping.mime;
  attachment.filename = keeping.filename;
  if (attachment.kind === Attachment_Kind.UNSPECIFIED) attachment.kind = mimeKind(keeping.mime);
  attachment.errorCode = Attachment_ErrorCode.OK;
}

/**
 * Within a process a lane keeps the order of events about one message. Another process may have an earlier one, or
 * may have crashed with it; the queue keeps that one until it is published.
 */
async function waitForTurn(message: Message, { delivery, context, ...options }: Enriching): Promise<void> {
  const { queue, persist, clock } = options;
  const { signal } = context;
  for (let round = 1; ; round += 1) {
    const mustWait = await persist(() => queue.holdsPrecursorOf(message, delivery.streamSequence), signal);
    if (!mustWait) return;
    await clock.sleep(turnBackoff.ceilingMs(round), signal);
    await context.runEarlierFirst();
  }
}
