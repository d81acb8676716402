import type { Delivery, Handler, Published, Publisher } from "@mio/bus";
import { assertMessage, decodeMessage, encodeMessage, enrichedDedupId, enrichedSubject } from "@mio/envelope";
import { toMioError } from "@mio/failure";
import { type Attachment, Attachment_ErrorCode, type Message } from "@mio/proto";
import type { Backoff, Clock } from "@mio/service-kit";
import { identityOf, targetOf } from "./event-identity.ts";
import type { MediaVaultEvents } from "./events.ts";
import type { InProgress } from "./in-progress.ts";
import type { KeepAttachment, Keeping } from "./keep-attachment.ts";

export interface EnrichMessageOptions {
  readonly keepAttachment: KeepAttachment;
  readonly publisher: Publisher;
  readonly inProgress: InProgress;
  readonly events: MediaVaultEvents;
  readonly backoff: Backoff;
  readonly clock: Clock;
}

/**
 * Handles one inbound message: keeps its attachments, publishes it enriched, and is done once the
 * stream has it. Whatever becomes of the attachments, the message goes on.
 */
export function createEnrichMessage(options: EnrichMessageOptions): Handler {
  const { inProgress, events } = options;
  return async (delivery, { signal }) => {
    const message = decodeMessage(delivery.payload);
    assertMessage(message);
    // An event waits for the one it points to, so that nobody reads an answer before the question.
    // Those with one identity come one after the other anyway: waiting here would be for itself.
    const [own, target] = [identityOf(message), targetOf(message)];
    const precursor = target === undefined || target === own ? undefined : inProgress.ended(target);
    await inProgress.run(own, async () => {
      const startedAt = performance.now();
      const { payload, keepings } = await enrich(message, { delivery, options, signal });
      await precursor;
      const published = await publishUntilStored(message, payload, { ...options, signal });
      events.messageEnriched({ message, delivery, keepings, published, startedAt });
    });
    return { kind: "done" };
  };
}

interface Enriching {
  readonly delivery: Delivery;
  readonly options: EnrichMessageOptions;
  readonly signal: AbortSignal;
}

interface Enriched {
  readonly payload: Uint8Array;
  readonly keepings: readonly Keeping[];
}

/** A message with nothing to keep goes on as the bytes it came in. */
async function enrich(message: Message, { delivery, options, signal }: Enriching): Promise<Enriched> {
  const open = message.attachments.flatMap((attachment, index) =>
    attachment.storageKey === "" ? [{ attachment, index, message }] : [],
  );
  if (open.length === 0) return { payload: delivery.payload, keepings: [] };
  const keepings = await Promise.all(
    open.map(async (task) => {
      const startedAt = performance.now();
      const keeping = await options.keepAttachment(task, signal);
      options.events.attachmentEnded({ channelType: message.channelType, keeping, startedAt });
      note(keeping, task.attachment);
      return keeping;
    }),
  );
  return { payload: encodeMessage(message), keepings };
}

/** NOTE: written into the decoded message, which carries fields this version does not know along. */
function note(keeping: Keeping, attachment: Attachment): void {
  if (keeping.kind === "missing") {
    attachment.errorCode = keeping.wireCode;
    return;
  }
  attachment.storageKey = keeping.storageKey;
  attachment.contentSha256 = keeping.sha256;
  attachment.bytes = BigInt(keeping.bytes);
  attachment.mime = keeping.mime;
  attachment.errorCode = Attachment_ErrorCode.OK;
}

/** Tries after which the log says that publishing fails. */
const quietTries = 3;

/**
 * Publishing again costs nothing, a new delivery would fetch every attachment again. So only the
 * signal ends the tries, and the source message stays unacknowledged until then.
 */
async function publishUntilStored(
  message: Message,
  payload: Uint8Array,
  { publisher, clock, backoff, events, signal }: EnrichMessageOptions & { readonly signal: AbortSignal },
): Promise<Published> {
  const subject = enrichedSubject(message);
  const publication = { subject, dedupId: enrichedDedupId(message.id), payload };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await publisher.publish(publication);
    } catch (error) {
      const failure = toMioError(error);
      if (failure.retry === "never") throw failure;
      if (attempt === quietTries) events.messageDelayed(message, failure);
      await clock.sleep(backoff.delayMs(attempt), signal);
    }
  }
}
