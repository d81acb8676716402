import type { InboundDraft } from "@mio/channel-kit";
import { sanitizeDraft, sanitizeId } from "@mio/envelope";
import type { Ledger, LedgerEntry } from "@mio/store";
import type { AccountDirectory } from "./account-directory.ts";
import type { OutboxRelay } from "./outbox-relay.ts";
import type { OrderedPublisher } from "./publish-in-order.ts";

/** How an event ended. All of them are answered 200: the event is safe, or nothing can make it useful. */
export type Acceptance =
  /** Recorded and on the stream. */
  | { readonly kind: "published"; readonly entry: LedgerEntry }
  /** Recorded; the relay puts it on the stream. */
  | { readonly kind: "queued"; readonly entry: LedgerEntry; readonly cause: "order" | "backlog" | string }
  /** Known before this delivery, and on the stream or on its way. */
  | { readonly kind: "duplicate"; readonly entry: LedgerEntry }
  | { readonly kind: "unroutable"; readonly reason: string };

export interface AcceptMessageDeps {
  readonly accounts: Pick<AccountDirectory, "route">;
  readonly ledger: Pick<Ledger, "accept">;
  readonly publisher: OrderedPublisher;
  readonly relay: Pick<OutboxRelay, "leave">;
  /** Longest encoded draft in bytes that the bus takes now. */
  readonly maxEnvelopeBytes: () => number;
}

export interface ArrivedMessage {
  readonly draft: InboundDraft;
  /** From the URL or the socket of one account; undefined on the channel's common URL. */
  readonly accountId: string | undefined;
  readonly overSocket?: boolean;
  readonly traceparent: string | undefined;
}

export type AcceptMessage = (arrived: ArrivedMessage) => Promise<Acceptance>;

/**
 * Route, record, publish. Once recorded an event reaches the bus whatever happens here, so the caller may
 * answer 200; it does not stop when the caller hangs up.
 *
 * Events of one conversation are published in the order they were recorded, by whichever gateway.
 */
export function createAcceptMessage(deps: AcceptMessageDeps): AcceptMessage {
  const publish = async (entry: LedgerEntry): Promise<Acceptance> => {
    const publication = await deps.publisher.publish(entry);
    return publication.kind === "published"
      ? { kind: "published", entry }
      : { kind: "queued", entry, cause: publication.cause };
  };

  return async ({ draft, accountId, overSocket, traceparent }) => {
    const { message, workspaceKey, containerKind, secondId = "" } = draft;
    // Under an empty name all later ones would pass for repetitions of the first.
    if (message.sourceMessageId === "" || message.conversationExternalId === "") {
      return { kind: "unroutable", reason: "no_identity" };
    }
    const { channelType } = message;
    const routing = await deps.accounts.route({
      channelType,
      workspaceKey,
      accountId,
      ...(overSocket === true && { overSocket }),
    });
    if (routing.kind === "unroutable") return routing;
    const { id, tenantId } = routing.account;
    const owned = sanitizeDraft(
      { ...message, accountId: id, tenantId },
      { maxEnvelopeBytes: deps.maxEnvelopeBytes() },
    );
    const entry = await deps.ledger.accept({
      message: owned,
      containerKind,
      secondId: sanitizeId(secondId),
      traceparent,
    });
    switch (entry.status) {
      case "fresh":
        return publish(entry);
      case "pending":
        // Another gateway may be publishing it, or have stopped before it did.
        if (!deps.publisher.isOwn(entry.messageId)) deps.relay.leave(entry.conversationId);
        return { kind: "duplicate", entry };
      case "published":
        return { kind: "duplicate", entry };
    }
  };
}
