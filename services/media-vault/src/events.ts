import type { Delivery, Published } from "@mio/bus";
import type { MioError } from "@mio/failure";
import type { Message } from "@mio/proto";
import type { Logger } from "@mio/service-kit";
import type { Keeping } from "./attachments/keep-attachment.ts";
import type { MediaVaultMetrics } from "./media-vault-metrics.ts";

export interface EnrichedMessage {
  readonly message: Message;
  readonly delivery: Pick<Delivery, "deliveryCount">;
  readonly keepings: readonly Keeping[];
  readonly published: Published;
  /** Of `performance.now()`, as everywhere here. */
  readonly startedAt: number;
}

export interface EndedAttachment {
  readonly channelType: string;
  readonly keeping: Keeping;
  readonly startedAt: number;
}

/** The outcome of a name lookup; `left_out` means that the rate limit does not allow it now. */
export type LookupOutcome = "found" | "unknown" | "failed" | "refused" | "left_out";

export interface PeopleRefusal {
  readonly channelType: string;
  readonly accountId: string;
  readonly error: MioError;
}

export interface MediaVaultEvents {
  attachmentEnded(ended: EndedAttachment): void;
  messageEnriched(enriched: EnrichedMessage): void;
  /** The message waits on `MESSAGES_ATTACHMENTS`. */
  messageQueued(message: Message): void;
  personLookedUp(channelType: string, outcome: LookupOutcome): void;
  /** The platform refuses all names to the account; an operator must fix it. */
  peopleRefused(refusal: PeopleRefusal): void;
  /** Returns a callback that reports that the target stream rejects a message, or does not answer. */
  delayOf(message: Message): (error: MioError) => void;
}

/** One method per business event; a message's log line includes its attachments. */
export function createMediaVaultEvents(logger: Logger, metrics: MediaVaultMetrics): MediaVaultEvents {
  return {
    attachmentEnded({ channelType, keeping, startedAt }) {
      const labels = { channel_type: channelType, outcome: outcomeOf(keeping) };
      metrics.attachments.inc(labels);
      metrics.downloadSeconds.observe(labels, (performance.now() - startedAt) / 1000);
      if (keeping.kind === "missing") return;
      metrics.storageSeconds.observe(
        { backend: backendOf(keeping.storageKey), op: "put" },
        keeping.storeMs / 1000,
      );
      if (keeping.isNew) metrics.bytes.inc({ channel_type: channelType }, keeping.bytes);
      else metrics.dedupHits.inc({ channel_type: channelType });
    },
    messageEnriched({ message, delivery, keepings, published, startedAt }) {
      const outcome = published.duplicate ? "duplicate" : "published";
      metrics.messages.inc({ channel_type: message.channelType, outcome });
      const line = {
        outcome,
        channel: message.channelType,
        tenant_id: message.tenantId,
        account_id: message.accountId,
        conversation_id: message.conversationId,
        message_id: message.id,
        delivery_count: delivery.deliveryCount,
        sequence: published.sequence,
        attachments: keepings.map(toLine),
        ms: Math.round(performance.now() - startedAt),
      };
      const isComplete = keepings.every((keeping) => keeping.kind === "kept");
      logger[isComplete ? "info" : "warn"](line, "message.enriched");
    },
    messageQueued(message) {
      metrics.messages.inc({ channel_type: message.channelType, outcome: "queued" });
    },
    personLookedUp: (channel_type, outcome) => metrics.people.inc({ channel_type, outcome }),
    peopleRefused: ({ channelType, accountId, error }) =>
      logger.warn({ channel: channelType, account_id: accountId, err: error }, "people.refused"),
    delayOf: (message) => (error) => {
      const line = { channel: message.channelType, message_id: message.id, err: error };
      logger.warn(line, "message.delayed");
    },
  };
}

function outcomeOf(keeping: Keeping): string {
  return keeping.kind === "kept" ? "ok" : keeping.outcome;
}

function toLine(keeping: Keeping): Readonly<Record<string, string | number | boolean>> {
  const { attempts } = keeping;
  if (keeping.kind === "missing") return { outcome: keeping.outcome, attempts, reason: keeping.reason };
  const { sha256, bytes, isNew } = keeping;
  return { outcome: "ok", attempts, sha256, bytes, new: isNew };
}

function backendOf(storageKey: string): string {
  return storageKey.slice(0, storageKey.indexOf(":"));
}
