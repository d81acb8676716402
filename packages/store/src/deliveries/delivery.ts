import type { AnsweredMessage } from "./answered-message.ts";

/** A command, and the process that attempts it. */
export interface DeliveryAttempt {
  readonly accountId: string;
  readonly commandId: string;
  /** Unique per process start, so that a restarted process does not take an old attempt for its own. */
  readonly owner: string;
  /** From the claim; a later attempt fences this one. */
  readonly attempt: number;
}

export interface DeliveryClaim {
  readonly tenantId: string;
  readonly accountId: string;
  readonly commandId: string;
  readonly channelType: string;
  readonly conversationId: string;
  readonly owner: string;
  /** The operation: `send`, `edit`, … */
  readonly operation: string;
  /** The redrive token of the message. It reopens an ended command only if the token is on record. */
  readonly redrive?: string | undefined;
  /** The message that the command answers; the claim fails if it was deleted. */
  readonly answers?: AnsweredMessage | undefined;
}

/** The intent is recorded: call the platform now. */
export interface ClaimedAttempt {
  readonly kind: "claimed";
  readonly attempt: number;
  /** Created by earlier attempts: the first parts of a long text. */
  readonly externalIds: readonly string[];
}

export type ClaimedDelivery =
  | ClaimedAttempt
  /** An attempt began and its outcome is unknown: resolve it, then {@link takeOverDelivery} or mark it. */
  | {
      readonly kind: "interrupted";
      readonly attempt: number;
      readonly startedAt: Date;
      /** Time since the owner's last heartbeat, by the database's clock. */
      readonly silentMs: number;
      readonly owner: string;
      readonly operation: string;
      /** Known to be created, by this attempt or an earlier one. */
      readonly externalIds: readonly string[];
    }
  | { readonly kind: "sent"; readonly attempt: number; readonly externalIds: readonly string[] }
  /** The message that it answers was deleted; nothing was recorded. */
  | { readonly kind: "target_deleted" }
  | {
      readonly kind: "ended";
      readonly state: "dead" | "unknown" | "suppressed";
      readonly attempt: number;
      /** Created before the command ended. */
      readonly externalIds: readonly string[];
      readonly code: string;
      readonly reason: string;
    };

/** The outcome of an attempt. `externalIds` are all ids that the command is known to have created, in order. */
export type DeliveryEnd = {
  readonly externalIds: readonly string[];
  /** The post that the command edited. */
  readonly edited?: EditedPost | undefined;
} & (
  | {
      readonly state: "sent";
      /**
       * For a post that will be changed again, and for the edits of it: the id of this command. Empty for a finished
       * post.
       */
      readonly interim?: string;
    }
  /** `waiting`: it created nothing else and may be retried. */
  | {
      readonly state: "waiting" | "unknown" | "dead" | "suppressed";
      readonly code: string;
      readonly reason: string;
    }
  /** Not ended: it may have created more. */
  | { readonly state: "sending" }
);

export interface EditedPost {
  /** The platform id by which it is found. */
  readonly firstExternalId: string;
  /** The complete list now: an edit may add messages to a post and remove some. */
  readonly externalIds: readonly string[];
}
