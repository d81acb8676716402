import type { InboundDraft } from "@mio/channel-kit";
import { isIdentity, sanitizeDraft, sanitizeId } from "@mio/envelope";
import type { Message } from "@mio/proto";
import type { Account, Ledger, LedgerEntry } from "@mio/store";
import type { AccountDirectory } from "../accounts/account-directory.ts";
import type { OutboxRelay } from "../publish/outbox-relay.ts";
import type { OrderedPublisher } from "../publish/publish-in-order.ts";

/** The outcome of an event. All but the last are answered 200: the event is safe, or a retry cannot make it useful. */
export type Acceptance =
  /** Recorded and on the stream. */
  | { readonly kind: "published"; readonly entry: LedgerEntry }
  /** Recorded; the relay publishes it. */
  | { readonly kind: "queued"; readonly entry: LedgerEntry; readonly cause: "order" | "backlog" | string }
  /** Recorded before this delivery; on the stream or waiting for it. */
  | { readonly kind: "duplicate"; readonly entry: LedgerEntry }
  /** `workspace` is the platform's id of the workspace in the event; empty if it has none. */
  | { readonly kind: "unroutable"; readonly reason: string; readonly workspace: string }
  /** The sender is not authorised for its account; nothing was recorded. */
  | { readonly kind: "forbidden" };

export interface AcceptMessageDeps {
  readonly accounts: Pick<AccountDirectory, "route">;
  readonly ledger: Pick<Ledger, "accept">;
  readonly publisher: OrderedPublisher;
  readonly relay: Pick<OutboxRelay, "leave">;
  /** The conversation's address in a message; undefined on channels where the external id is always enough. */
  readonly addressOf: (message: Message) => string | undefined;
  /** Largest encoded draft, in bytes, that the bus accepts now. */
  readonly maxEnvelopeBytes: () => number;
}

export interface ArrivedMessage {
  readonly draft: InboundDraft;
  /** From the URL or the socket of one account; undefined at the channel's common URL. */
  readonly accountId: string | undefined;
  readonly overSocket?: boolean;
  readonly traceparent: string | undefined;
  /** Whether the sender is authorised for the account to which the event is routed. */
  readonly isAuthorizedFor: (account: Account) => Promise<boolean>;
}

export type AcceptMessage = (arrived: ArrivedMessage) => Promise<Acceptance>;

/**
 * Routes, records and publishes an event. Once recorded, it reaches the bus even if this process crashes, so the
 * caller may answer 200. It continues when the caller disconnects.
 *
 * Events of one conversation are published in the order of recording, across all gateways.
 */
export function createAcceptMessage(deps: AcceptMessageDeps): AcceptMessage {
  const publish = async (entry: LedgerEntry): Promise<Acceptance> => {
    const publication = await deps.publisher.publish(entry);
    return publication.kind === "published"
      ? { kind: "published", entry }
      : { kind: "queued", entry, cause: publication.cause };
  };

  const acceptEntry = async (entry: LedgerEntry): Promise<Acceptance> => {
    switch (entry.status) {
      case "fresh":
        return publish(entry);
      case "pending":
        // Another gateway may be publishing it, or may have crashed before it did.
        if (!deps.publisher.isOwn(entry.messageId)) deps.relay.leave(entry.conversationId);
        return { kind: "duplicate", entry };
      case "published":
        return { kind: "duplicate", entry };
    }
  };

  return async ({ draft, accountId, overSocket, traceparent, isAuthorizedFor }) => {
    const { message, workspaceKey: workspace, containerKind, secondId = "" } = draft;
    if (!isIdentity(message.sourceMessageId) || !isIdentity(message.conversationExternalId)) {
      return { kind: "unroutable", reason: "no_identity", workspace };
    }
    const { channelType } = message;
    const routing = await deps.accounts.route({
      channelType,
      workspaceKey: workspace,
      accountId,
      ...(overSocket === true && { overSocket }),
    });
    if (routing.kind === "unroutable") return { ...routing, workspace };
    if (!(await isAuthorizedFor(routing.account))) return { kind: "forbidden" };
    const { id, tenantId } = routing.account;
    const owned = sanitizeDraft(
      { ...message, accountId: id, tenantId },
      { maxEnvelopeBytes: deps.maxEnvelopeBytes() },
    );
    const entry = await deps.ledger.accept({
      message: owned,
      containerKind,
      secondId: sanitizeId(secondId),
      address: deps.addressOf(owned),
      traceparent,
    });
    return acceptEntry(entry);
  };
}
