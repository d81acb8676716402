import type { Delivery } from "@mio/bus";
import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { PreparedDelivery } from "./prepared-delivery.ts";
import { reasonOf } from "./refusal.ts";

/** One delivery of one command, while it is in hand. */
export interface DeliveryJob {
  readonly command: SendCommand;
  /** When the stream stored the command. */
  readonly storedAt: Date;
  readonly deliveries: number;
  readonly streamSequence: number;
  /** Of a command that an operator put back: this time, told from others. */
  readonly redrive: string | undefined;
  /** Under which turn of this process the command came. */
  readonly pinEpoch: string | undefined;
  /** What waits in this process for the same conversation, in order. */
  readonly queuedBehind: () => readonly Delivery[];
  /** Aborts when the pool stops; a platform call in flight is finished all the same. */
  readonly signal: AbortSignal;
  /** Unique to this job, so that its own claim is told from one of an earlier life. */
  readonly owner: string;
  /** Calls that failed in a way that another try may repair. */
  failures: number;
  /** Looks at the platform for an earlier attempt that failed. */
  failedLooks: number;
  /** Attachments that are not shown, since they have no address. */
  attachmentsLeftOut: number;
  /** The attempt for which the platform was called last; undefined before the first call. */
  calledAttempt: number | undefined;
  /** A turn of the governor that was waited for and not used yet. */
  hasTurn: boolean;
  operation: PreparedDelivery["operation"] | undefined;
  /** An edit that cannot be one, carried out as a post. */
  isFallback: boolean;
  /** Since when it asks for a turn, ms. */
  askedAt: number | undefined;
  /** When the platform was called first. */
  firstCallAt: Date | undefined;
  /** It may speak for its account, so its end may be put on record. */
  isAuthorized: boolean;
  /** Why it is not tried any more; what is left is to put that on record. */
  givenUp: MioError | undefined;
}

type Given = Pick<
  DeliveryJob,
  | "command"
  | "storedAt"
  | "deliveries"
  | "streamSequence"
  | "redrive"
  | "pinEpoch"
  | "queuedBehind"
  | "signal"
  | "owner"
>;

export function createJob(given: Given): DeliveryJob {
  return {
    ...given,
    failures: 0,
    failedLooks: 0,
    attachmentsLeftOut: 0,
    calledAttempt: undefined,
    hasTurn: false,
    operation: undefined,
    isFallback: false,
    askedAt: undefined,
    firstCallAt: undefined,
    isAuthorized: false,
    givenUp: undefined,
  };
}

/** How a command ended. */
export type Ended =
  | { readonly state: "sent"; readonly attempts: number; readonly externalIds: readonly string[] }
  | {
      readonly state: "failed" | "unknown";
      readonly attempts: number;
      /** What is on the platform all the same: the first parts of a long text. */
      readonly externalIds: readonly string[];
      readonly error: MioError;
      readonly reason: string;
    }
  /** Left out on purpose. */
  | {
      readonly state: "suppressed";
      readonly attempts: number;
      readonly externalIds: readonly string[];
      readonly reason: SuppressedReason;
    };

/**
 * Why a command is left out: a later edit takes its place, it was taken back, its edit cannot be one, or the message that
 * it answers is gone.
 */
export const suppressedReasons = ["superseded", "canceled", "dropped", "target_deleted"] as const;

export type SuppressedReason = (typeof suppressedReasons)[number];

/** What one try came to. */
export type Step =
  | { readonly kind: "ended"; readonly end: Ended }
  /** Surely not ended: try again after the wait. */
  | { readonly kind: "again"; readonly afterMs: number }
  /** It is kept elsewhere until its time has come. */
  | { readonly kind: "postponed" };

export function sent(attempts: number, externalIds: readonly string[]): Step {
  return { kind: "ended", end: { state: "sent", attempts, externalIds } };
}

export function failed(attempts: number, error: MioError, externalIds: readonly string[] = []): Step {
  return { kind: "ended", end: { state: "failed", attempts, externalIds, error, reason: reasonOf(error) } };
}

export function unknown(attempts: number, error: MioError, externalIds: readonly string[] = []): Step {
  return { kind: "ended", end: { state: "unknown", attempts, externalIds, error, reason: reasonOf(error) } };
}

export function suppressed(
  reason: SuppressedReason,
  attempts = 0,
  externalIds: readonly string[] = [],
): Step {
  return { kind: "ended", end: { state: "suppressed", attempts, externalIds, reason } };
}

export function again(afterMs: number): Step {
  return { kind: "again", afterMs };
}
