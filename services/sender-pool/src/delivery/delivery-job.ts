import type { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import type { PreparedDelivery } from "../command/prepare-delivery.ts";
import { reasonOf } from "../command/refusal.ts";

/** One delivery of one command, while it is in hand. */
export interface DeliveryJob {
  readonly command: SendCommand;
  /** When the stream stored the command. */
  readonly storedAt: Date;
  readonly deliveries: number;
  readonly streamSequence: number;
  /** Aborts when the pool stops; a platform call in flight is finished all the same. */
  readonly signal: AbortSignal;
  /** Unique to this job, so that its own claim is told from one of an earlier life. */
  readonly owner: string;
  /** Calls that failed in a way that another try may repair. */
  failures: number;
  /** The attempt for which the platform was called last; undefined before the first call. */
  calledAttempt: number | undefined;
  /** A turn of the governor that was waited for and not used yet. */
  hasTurn: boolean;
  operation: PreparedDelivery["operation"] | undefined;
  /** An edit whose target is not known, carried out as a post. */
  isFallback: boolean;
  /** When the platform was called first. */
  firstCallAt: Date | undefined;
}

export function createJob(given: {
  readonly command: SendCommand;
  readonly storedAt: Date;
  readonly deliveries: number;
  readonly streamSequence: number;
  readonly signal: AbortSignal;
  readonly owner: string;
}): DeliveryJob {
  return {
    ...given,
    failures: 0,
    calledAttempt: undefined,
    hasTurn: false,
    operation: undefined,
    isFallback: false,
    firstCallAt: undefined,
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
    };

/** What one try came to. */
export type Step =
  | { readonly kind: "ended"; readonly end: Ended }
  /** Surely not ended: try again after the wait. */
  | { readonly kind: "again"; readonly afterMs: number };

export function sent(attempts: number, externalIds: readonly string[]): Step {
  return { kind: "ended", end: { state: "sent", attempts, externalIds } };
}

export function failed(attempts: number, error: MioError, externalIds: readonly string[] = []): Step {
  return { kind: "ended", end: { state: "failed", attempts, externalIds, error, reason: reasonOf(error) } };
}

export function unknown(attempts: number, error: MioError, externalIds: readonly string[] = []): Step {
  return { kind: "ended", end: { state: "unknown", attempts, externalIds, error, reason: reasonOf(error) } };
}

export function again(afterMs: number): Step {
  return { kind: "again", afterMs };
}
