import { DeliveryError, type Reconciliation } from "@mio/channel-kit";
import type { Clock } from "@mio/service-kit";
import type { DeliveryJob } from "../job/delivery-job.ts";
import type { PreparedDelivery } from "../job/prepared-delivery.ts";
import type { DeliveryRecords } from "../job/records.ts";
import { timedOut, withDeadline } from "../job/with-deadline.ts";
import type { OpenKeptFiles } from "../prepare/kept-files.ts";
import { joinIds, type Progress, toCallContext } from "./call-context.ts";
import { callTimeoutOf, type DeliveryPolicy } from "./delivery-policy.ts";

/** What to do about an attempt whose end is not known. */
export type Resolution =
  | { readonly kind: "found"; readonly externalIds: readonly string[] }
  /**
   * It made no more than `alreadySent`, or doing it again does no harm, or the policy says so: call again, and
   * go on after that.
   */
  | { readonly kind: "repeat"; readonly alreadySent: readonly string[] }
  /** It made no more than `alreadySent`, and has been tried often enough. */
  | { readonly kind: "exhausted"; readonly alreadySent: readonly string[] }
  | { readonly kind: "hold" }
  | { readonly kind: "later"; readonly afterMs: number };

export interface OpenAttempt extends Progress {
  readonly job: DeliveryJob;
  readonly startedAt: Date;
  readonly delivery: PreparedDelivery;
  /** Called when the platform gave no answer in time. */
  readonly onSilent: () => void;
}

export interface ResolveDeps {
  readonly records: Pick<DeliveryRecords, "claimedExternalIds">;
  readonly clock: Clock;
  readonly policy: DeliveryPolicy;
  readonly openFiles: OpenKeptFiles;
}

/** How far before the attempt another command's message may carry the platform's time. */
const skewMs = 60_000;
const shortestWaitMs = 250;

/** Finds out about an open attempt, from the platform where it can tell. */
export async function resolveOpenAttempt(open: OpenAttempt, deps: ResolveDeps): Promise<Resolution> {
  const { job, delivery, alreadySent } = open;
  const { policy } = deps;
  if (delivery.repeatable) return { kind: "repeat", alreadySent };
  // The bound is on calls: how the last one ended is asked like any other.
  const kind = job.failures < policy.maxAttempts ? "repeat" : "exhausted";
  const answer = await askPlatform(open, deps);
  switch (answer?.kind) {
    case "found":
      return { kind: "found", externalIds: joinIds(alreadySent, answer.sent.externalIds) };
    case "partial":
      return { kind, alreadySent: joinIds(alreadySent, answer.sent.externalIds) };
    case "absent":
      return { kind, alreadySent };
    case "later":
      return { kind: "later", afterMs: Math.max(answer.afterMs, shortestWaitMs) };
    case "undecided":
      return policy.unknownSend === "resend" && kind === "repeat" ? { kind, alreadySent } : { kind: "hold" };
    case undefined:
      job.failedLooks += 1;
      return job.failedLooks < policy.maxAttempts
        ? { kind: "later", afterMs: policy.lookAgainMs }
        : { kind: "hold" };
  }
}

/** Undefined when looking failed, which says nothing about the attempt. */
async function askPlatform(open: OpenAttempt, deps: ResolveDeps): Promise<Reconciliation | undefined> {
  const { records, clock, policy } = deps;
  const { startedAt, delivery, onSilent } = open;
  const { command, sender } = delivery;
  const reconcile = sender.reconcile?.bind(sender);
  if (reconcile === undefined) return { kind: "undecided" };
  const { accountId, conversationId, id: exceptCommandId } = command;
  const since = new Date(startedAt.getTime() - skewMs);
  const others = await records.claimedExternalIds({
    accountId,
    conversationId,
    since,
    exceptCommandId,
  });
  let isLate = (): boolean => false;
  const ask = async (signal: AbortSignal) => {
    isLate = () => signal.aborted;
    using files = deps.openFiles(command, signal);
    const context = toCallContext(delivery, open, { signal, files });
    return await reconcile(command, { startedAt, claimedExternalIds: others }, context);
  };
  try {
    const answer = await withDeadline(ask, { timeoutMs: callTimeoutOf(policy, command), clock });
    if (answer !== timedOut) return answer;
    onSilent();
  } catch (error) {
    if (isLate() || (error instanceof DeliveryError && error.reason === "timeout")) onSilent();
  }
  return undefined;
}
