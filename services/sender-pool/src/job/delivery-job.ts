import type { Delivery, Run } from "@mio/bus";
import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { PreparedDelivery } from "./platform-call.ts";
import { reasonOf } from "./refusal.ts";

/** One delivery of one command. It is one object for all tries; the steps of a try add what they find out. */
export interface DeliveryJob {
  readonly command: SendCommand;
  /** When the stream stored the command. */
  readonly storedAt: Date;
  readonly deliveries: number;
  readonly streamSequence: number;
  /** Token of an operator's redrive; undefined for other commands. */
  readonly redrive: string | undefined;
  /** Since its start this process received all commands of the account; undefined for a redelivery. */
  readonly run: Run | undefined;
  /** Deliveries of the same conversation that wait behind this one in this process, in order. */
  readonly queuedBehind: () => readonly Delivery[];
  /** Aborts when the pool stops; a platform call in flight is finished all the same. */
  readonly signal: AbortSignal;
  /** Unique to this job, so that its claims differ from those of an earlier process. */
  readonly owner: string;
  /** The slot and the lease of the present try, released when it ends. */
  resources: DisposableStack;
  /** Calls that failed and may be repeated. */
  failures: number;
  /** Failed requests to the platform about an earlier attempt. */
  failedLooks: number;
  /** Attachments without an address, which are not shown. */
  attachmentsLeftOut: number;
  /** The attempt of the last platform call; undefined before the first. */
  calledAttempt: number | undefined;
  /** It has a turn of the governor that it has not used yet. */
  hasTurn: boolean;
  operation: PreparedDelivery["operation"] | undefined;
  /** An edit without a target, delivered as a post. */
  isFallback: boolean;
  /** When it first asked for its present turn, in ms since 1970. */
  askedAt: number | undefined;
  /** When the platform was called first. */
  firstCallAt: Date | undefined;
  /** The command may use its account, so its end may be recorded. */
  isAuthorized: boolean;
  /** Why it is not tried again; only the record of its end is missing. */
  givenUp: MioError | undefined;
}

type Given = Pick<
  DeliveryJob,
  | "command"
  | "storedAt"
  | "deliveries"
  | "streamSequence"
  | "redrive"
  | "run"
  | "queuedBehind"
  | "signal"
  | "owner"
>;

/** Names each field: a spread would put them outside the object, and what the steps add would make it a hash table. */
export function createJob(given: Given): DeliveryJob {
  return {
    command: given.command,
    storedAt: given.storedAt,
    deliveries: given.deliveries,
    streamSequence: given.streamSequence,
    redrive: given.redrive,
    run: given.run,
    queuedBehind: given.queuedBehind,
    signal: given.signal,
    owner: given.owner,
    resources: new DisposableStack(),
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
      /** What the platform shows all the same: the first parts of a long text. */
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
 * Why a command is left out: a later edit replaces it, its sender took it back, its edit has no target, or the message
 * that it answers is deleted.
 */
export const suppressedReasons = ["superseded", "canceled", "dropped", "target_deleted"] as const;

export type SuppressedReason = (typeof suppressedReasons)[number];

/** How a try ends. */
export type TryEnd =
  | { readonly kind: "ended"; readonly end: Ended }
  /** The command has not ended: try again after the wait. */
  | { readonly kind: "again"; readonly afterMs: number }
  /** The schedule keeps it until its time. */
  | { readonly kind: "postponed" };

/** The try goes on with the next step. */
export interface Next<Job> {
  readonly kind: "next";
  readonly job: Job;
}

/** Adds to the job what a step found out. */
export function next<Job extends object, Found extends object>(job: Job, found: Found): Next<Job & Found> {
  return { kind: "next", job: Object.assign(job, found) };
}

export function sent(attempts: number, externalIds: readonly string[]): TryEnd {
  return { kind: "ended", end: { state: "sent", attempts, externalIds } };
}

export function failed(attempts: number, error: MioError, externalIds: readonly string[] = []): TryEnd {
  return { kind: "ended", end: { state: "failed", attempts, externalIds, error, reason: reasonOf(error) } };
}

export function unknown(attempts: number, error: MioError, externalIds: readonly string[] = []): TryEnd {
  return { kind: "ended", end: { state: "unknown", attempts, externalIds, error, reason: reasonOf(error) } };
}

export function suppressed(
  reason: SuppressedReason,
  attempts = 0,
  externalIds: readonly string[] = [],
): TryEnd {
  return { kind: "ended", end: { state: "suppressed", attempts, externalIds, reason } };
}

export function again(afterMs: number): TryEnd {
  return { kind: "again", afterMs };
}

/** Whether an earlier command of the conversation has to end first. */
export type MustWait = (
  job: Pick<DeliveryJob, "command" | "streamSequence" | "run" | "signal">,
  delivery: Pick<PreparedDelivery, "isFallback">,
) => Promise<boolean>;

/** Ids of later edits of the same message that wait behind this command, so that this one need not be shown. */
export type LaterEdits = (
  job: Pick<DeliveryJob, "command" | "streamSequence" | "queuedBehind">,
  now: Date,
) => readonly string[];

/** Publishes the receipt of a command. */
export type PublishReceipt = (command: SendCommand, end: Ended) => Promise<void>;
