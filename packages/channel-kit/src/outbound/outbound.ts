import type { Attachment, SendCommand } from "@mio/proto";
import type { AccountAccess } from "../access/credentials.ts";

export interface Outbound {
  /** Returns a client for one account, which caches its token. Cheap, no I/O. */
  connect(account: AccountAccess): Sender;
  /** What the platform ids of a target say without a call. Pure. Absent if ids say nothing. */
  resolveEditTarget?(target: EditTarget): ResolvedTarget;
  /**
   * Asks the platform with its cheapest call whether it accepts the account's credentials. Posts nothing.
   *
   * @throws DeliveryError when the platform rejects them or does not answer.
   */
  identify?(account: AccountAccess, signal: AbortSignal): Promise<Identity>;
}

/** What the credentials of an account are valid for. */
export interface Identity {
  /**
   * The platform's ids of the workspace, any of which may be the account's `external_id`; empty if the platform
   * returns none.
   */
  readonly workspaces: readonly string[];
  /** Missing rights, each with what does not work without it; absent if the platform does not list them. */
  readonly lacks?: readonly string[];
}

/** The target message of an edit or removal. */
export interface EditTarget {
  /** Every platform id of it, first the one that the command names. */
  readonly externalIds: readonly [string, ...string[]];
}

/** What the ids of a target say. */
export type ResolvedTarget =
  | {
      readonly kind: "message";
      /**
       * The time of posting, from which `editWindowSeconds` and `deleteWindowSeconds` count; undefined if unknown.
       */
      readonly postedAt: Date | undefined;
      /** External id of its conversation; undefined if the ids do not contain it. */
      readonly conversationExternalId?: string;
    }
  /** Not ids of messages of this platform. */
  | { readonly kind: "malformed" };

export interface CallContext {
  /** Aborts the platform call; the adapter's own deadline is shorter than this. */
  readonly signal: AbortSignal;
  /** The platform id of the thread root, if the command names one that Mio knows. */
  readonly threadRootExternalId?: string;
  /** 1 for the first call of a command. After that, an earlier call may have done part of the work. */
  readonly attempt: number;
  /** The ids that earlier calls of this command are known to have posted: a send continues after them. */
  readonly alreadySent: readonly string[];
  /** For an edit or removal: every platform id of the target, first the one that the command names. */
  readonly targetExternalIds: readonly string[];
  /**
   * Opens a file that Mio stores, by the attachment's `storage_key`.
   *
   * @throws DeliveryError `permanent`/`invalid` if there is no such file, `transient` if the store is down.
   */
  openAttachment(attachment: Attachment): Promise<KeptFile>;
}

/** A file to send. The caller reads `body` to its end or leaves it. */
export interface KeptFile {
  readonly body: AsyncIterable<Uint8Array>;
  readonly bytes: number;
  readonly contentType: string;
}

/** The ids that the platform returned. An edit addresses the first; empty if the platform returns none. */
export interface Sent {
  readonly externalIds: readonly string[];
}

/**
 * Calls the platform once per method call. It never retries, except once with a fresh token after a 401. It never
 * logs bodies and never waits for a rate limit.
 *
 * @throws DeliveryError with its fate: not done, or unknown.
 */
export interface Sender {
  send(command: SendCommand, context: CallContext): Promise<Sent>;
  /**
   * Fails with `not_found` if the message does not exist, with `closed` if it can no longer be changed, and with
   * another reason for anything else, such as a missing channel. The caller decides by these two what to do with the
   * edit.
   */
  edit?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  /** Fails with the same reasons as `edit`. */
  remove?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  react?(command: SendCommand, targetExternalId: string, context: CallContext): Promise<Sent>;
  /**
   * Finds out whether an earlier attempt reached the platform. Absent if the platform offers no way. The attempt may
   * still be running in a process that went silent: until the adapter's deadline since `startedAt` has passed,
   * nothing counts as absent. Never throws a `DeliveryError`: a failed lookup says nothing about the attempt, so it
   * is `later` or `undecided`.
   */
  reconcile?(command: SendCommand, attempt: EarlierAttempt, context: CallContext): Promise<Reconciliation>;
}

export interface EarlierAttempt {
  readonly startedAt: Date;
  /** Platform ids in this conversation that belong to other commands. */
  readonly claimedExternalIds: ReadonlySet<string>;
}

export type Reconciliation =
  | { readonly kind: "found"; readonly sent: Sent }
  /** Part of it was done and no more will be: a send continues after it. */
  | { readonly kind: "partial"; readonly sent: Sent }
  /** Not done: it may be sent again. */
  | { readonly kind: "absent" }
  /**
   * Not decidable yet: the attempt may still be running, or the platform did not answer. Ask again after the delay.
   */
  | { readonly kind: "later"; readonly afterMs: number }
  /** Not decidable by this adapter: policy decides. */
  | { readonly kind: "undecided" };
