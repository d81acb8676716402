import type { Attachment, SendCommand } from "@mio/proto";
import type { AccountAccess } from "../access/credentials.ts";

export interface Outbound {
  /** A client for one account; keeps that account's token. Cheap, no I/O. */
  connect(account: AccountAccess): Sender;
  /**
   * Reads what the platform ids of a target tell by themselves, before the platform is asked. Pure. Absent where ids
   * tell nothing.
   */
  resolveEditTarget?(target: EditTarget): ResolvedTarget;
  /**
   * Asks the platform by its cheapest call whether it takes the account's credentials. Posts nothing.
   *
   * @throws DeliveryError when the platform refuses them or does not answer.
   */
  identify?(account: AccountAccess, signal: AbortSignal): Promise<Identity>;
}

/** Where the credentials of an account are good for. */
export interface Identity {
  /** The platform's ids of the workspace, any of which `external_id` may be; empty when it names none. */
  readonly workspaces: readonly string[];
  /** Rights that they lack, each with what does not work without it; absent when the platform does not say. */
  readonly lacks?: readonly string[];
}

/** The message that an edit or a removal is about. */
export interface EditTarget {
  /** Every platform id of it, the one that was named first. */
  readonly externalIds: readonly [string, ...string[]];
}

/** What ids tell about a target. */
export type ResolvedTarget =
  | {
      readonly kind: "message";
      /** When it was posted, from which `editWindowSeconds` and `deleteWindowSeconds` count; undefined when untold. */
      readonly postedAt: Date | undefined;
      /** External id of the conversation that it is in; undefined when ids do not contain it. */
      readonly conversationExternalId?: string;
    }
  /** No message of this platform has such ids. */
  | { readonly kind: "malformed" };

export interface CallContext {
  /** Aborts the platform call; the adapter's own deadline is shorter than this. */
  readonly signal: AbortSignal;
  /** The platform id of the thread root, when the command names one that Mio knows. */
  readonly threadRootExternalId?: string;
  /** 1 for the first call of a command. From the second on an earlier one may have done part of the work. */
  readonly attempt: number;
  /** What earlier calls of this command are known to have made: a send goes on after it. */
  readonly alreadySent: readonly string[];
  /** For an edit or a removal: every platform id of the target, the one that was named first. */
  readonly targetExternalIds: readonly string[];
  /**
   * Opens a file that Mio keeps, by the attachment's `storage_key`.
   *
   * @throws DeliveryError `permanent`/`invalid` when there is none, `transient` when the store is away.
   */
  openAttachment(attachment: Attachment): Promise<KeptFile>;
}

/** A file on its way out. The caller reads `body` to its end or leaves it. */
export interface KeptFile {
  readonly body: AsyncIterable<Uint8Array>;
  readonly bytes: number;
  readonly contentType: string;
}

/** What the platform said it made. The first id is the one an edit addresses; empty when the platform tells none. */
export interface Sent {
  readonly externalIds: readonly string[];
}

/**
 * Calls the platform once for each method call: it never retries on its own (but for one fresh
 * token after a 401), never logs bodies and never waits for a rate limit.
 *
 * @throws DeliveryError with its fate: surely not done, or unknown.
 */
export interface Sender {
  send(command: SendCommand, context: CallContext): Promise<Sent>;
  /**
   * Fails as `not_found` when the message is not there, as `closed` when it may not be changed any more, and by neither
   * word for anything else, a missing channel for example: the caller decides by them what becomes of the edit.
   */
  edit?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  /** Fails by the same words as `edit`. */
  remove?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  react?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  /**
   * Finds out whether an earlier attempt reached the platform. Absent where the platform offers no way. It may be asked
   * while that attempt is still under way in a process that went silent: until the adapter's own deadline since
   * `startedAt` is over, nothing that is not found is believed absent.
   * Never throws a `DeliveryError`: a failure to look says nothing about the attempt, so it is `later` or `undecided`.
   */
  reconcile?(command: SendCommand, attempt: EarlierAttempt, context: CallContext): Promise<Reconciliation>;
}

export interface EarlierAttempt {
  readonly startedAt: Date;
  /** Platform ids in this conversation that are known to belong to other commands. */
  readonly claimedExternalIds: ReadonlySet<string>;
}

export type Reconciliation =
  | { readonly kind: "found"; readonly sent: Sent }
  /** Part of it was done, surely no more: a send goes on after it. */
  | { readonly kind: "partial"; readonly sent: Sent }
  /** Surely not done: it may be sent again. */
  | { readonly kind: "absent" }
  /** Not decidable yet: the attempt may still be under way, or the platform did not answer. Ask again after the delay. */
  | { readonly kind: "later"; readonly afterMs: number }
  /** Not decidable by this adapter: policy decides. */
  | { readonly kind: "undecided" };
