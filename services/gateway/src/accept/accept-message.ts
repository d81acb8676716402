import type { InboundDraft } from "@mio/channel-kit";
import { isIdentity, sanitizeDraft, sanitizeId } from "@mio/envelope";
import type { Message } from "@mio/proto";
import type { Account, Ledger, LedgerEntry } from "@mio/store";
import type { AccountDirectory } from "../accounts/account-directory.ts";
import type { OutboxRelay } from "../publish/outbox-relay.ts";
import type { OrderedPublisher } from "../publish/publish-in-order.ts";

/** How an event ended. But for the last, the answer is 200: the event is safe, or nothing can make it useful. */
export type Acceptance =
  /** Recorded and on the stream. */
  | { readonly kind: "published"; readonly entry: LedgerEntry }
  /** Recorded; the relay puts it on the stream. */
  | { readonly kind: "queued"; readonly entry: LedgerEntry; readonly cause: "order" | "backlog" | string }
  /** Known before this delivery, and on the stream or on its way. */
  | { readonly kind: "duplicate"; readonly entry: LedgerEntry }
  /** `workspace` is the platform's id of the workspace that the event names; empty when it names none. */
  | { readonly kind: "unroutable"; readonly reason: string; readonly workspace: string }
  /** Who sent it may not speak for its account; nothing was recorded. */
  | { readonly kind: "forbidden" };

export interface AcceptMessageDeps {
  readonly accounts: Pick<AccountDirectory, "route">;
  readonly ledger: Pick<Ledger, "accept">;
  readonly publisher: OrderedPublisher;
  readonly relay: Pick<OutboxRelay, "leave">;
  /** Where a message says that its conversation is; undefined on channels where the external id always decides. */
  readonly addressOf: (message: Message) => string | undefined;
  /** Longest encoded draft in bytes that the bus takes now. */
  readonly maxEnvelopeBytes: () => number;
}

export interface ArrivedMessage {
  readonly draft: InboundDraft;
  /** From the URL or the socket of one account; undefined on the channel's common URL. */
  readonly accountId: string | undefined;
  readonly overSocket?: boolean;
  readonly traceparent: string | undefined;
  /** Whether who sent it may speak for the account that it is routed to. */
  readonly speaksFor: (account: Account) => Promise<boolean>;
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

  const acceptEntry = async (entry: LedgerEntry): Promise<Acceptance> => {
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

  return async ({ draft, accountId, overSocket, traceparent, speaksFor }) => {
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
    if (!(await speaksFor(routing.account))) return { kind: "forbidden" };
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
