import { DeliveryError, type Reconciliation } from "@mio/channel-kit";
import { timedOut, withDeadline } from "@mio/pacing";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import type { DeliveryJob } from "../job/delivery-job.ts";
import {
  callTimeoutOf,
  hasFiles,
  joinIds,
  type PreparedDelivery,
  type Progress,
  toCallContext,
} from "../job/platform-call.ts";
import type { DeliveryRecords } from "../job/records.ts";

/** How to go on after an attempt of unknown end. */
export type Resolution =
  | { readonly kind: "found"; readonly externalIds: readonly string[] }
  /** Call again, after `alreadySent`: the attempt made no more, or a repeat shows the same, or the policy allows it. */
  | { readonly kind: "repeat"; readonly alreadySent: readonly string[] }
  /** The attempt made no more than `alreadySent`, and no further call is allowed. */
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

export interface ResolveDeps extends Pick<DeliveryDeps, "clock" | "policy" | "openFiles"> {
  readonly records: Pick<DeliveryRecords, "claimedExternalIds">;
}

/** How much earlier than the attempt the platform may date a message of another command. */
const skewMs = 60_000;
const shortestWaitMs = 250;

/** Asks the platform what an open attempt has made, if the channel can ask. */
export async function resolveOpenAttempt(open: OpenAttempt, deps: ResolveDeps): Promise<Resolution> {
  const { job, delivery, alreadySent } = open;
  const { policy } = deps;
  if (delivery.repeatable) return { kind: "repeat", alreadySent };
  // The limit is on calls: the platform is asked about the last one like about any other.
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

/** Undefined when the platform could not be asked. */
async function askPlatform(open: OpenAttempt, deps: ResolveDeps): Promise<Reconciliation | undefined> {
  const { records, clock, policy } = deps;
  const { startedAt, delivery, onSilent } = open;
  const { command, sender } = delivery;
  const reconcile = sender.reconcile?.bind(sender);
  if (reconcile === undefined) return { kind: "undecided" };
  const { accountId, conversationId, id: exceptCommandId } = command;
  const since = new Date(startedAt.getTime() - skewMs);
  const others = await records.claimedExternalIds({ accountId, conversationId, since, exceptCommandId });
  let isLate = (): boolean => false;
  const ask = async (signal: AbortSignal) => {
    isLate = () => signal.aborted;
    using files = hasFiles(command) ? deps.openFiles(command, signal) : undefined;
    const context = toCallContext(delivery, open, { signal, ...(files && { openAttachment: files.open }) });
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
