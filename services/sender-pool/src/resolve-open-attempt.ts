import type { Reconciliation } from "@mio/channel-kit";
import type { Clock } from "@mio/service-kit";
import { claimedExternalIds, type Db } from "@mio/store";
import type { DeliveryJob } from "./delivery-job.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";
import type { PreparedDelivery } from "./prepare-delivery.ts";
import { timedOut, withDeadline } from "./with-deadline.ts";

/** What to do about an attempt whose end is not known. */
export type Resolution =
  | { readonly kind: "found"; readonly externalIds: readonly string[] }
  /** Surely not done, or doing it again does no harm, or the policy says so. */
  | { readonly kind: "repeat" }
  | { readonly kind: "hold" }
  | { readonly kind: "later"; readonly afterMs: number };

export interface OpenAttempt {
  readonly job: DeliveryJob;
  readonly startedAt: Date;
  readonly delivery: PreparedDelivery;
}

export interface ResolveDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly policy: DeliveryPolicy;
}

/** How far before the attempt another command's message may carry the platform's time. */
const skewMs = 60_000;
const shortestWaitMs = 250;

/** Finds out about an open attempt, from the platform where it can tell. */
export async function resolveOpenAttempt(open: OpenAttempt, deps: ResolveDeps): Promise<Resolution> {
  const { job, delivery } = open;
  const { policy } = deps;
  if (delivery.repeatable) return { kind: "repeat" };
  if (job.failures >= policy.maxAttempts) return { kind: "hold" };
  const answer = await askPlatform(open, deps);
  switch (answer.kind) {
    case "found":
      return { kind: "found", externalIds: answer.sent.externalIds };
    case "partial":
    case "absent":
      return { kind: "repeat" };
    case "later":
      return { kind: "later", afterMs: Math.max(answer.afterMs, shortestWaitMs) };
    case "undecided":
      return policy.unknownSend === "resend" ? { kind: "repeat" } : { kind: "hold" };
  }
}

async function askPlatform(open: OpenAttempt, { db, clock, policy }: ResolveDeps): Promise<Reconciliation> {
  const { startedAt, delivery } = open;
  const { command, sender, threadRootExternalId } = delivery;
  const reconcile = sender.reconcile?.bind(sender);
  if (reconcile === undefined) return { kind: "undecided" };
  const { accountId, conversationId } = command;
  const since = new Date(startedAt.getTime() - skewMs);
  const others = await claimedExternalIds(db, { accountId, conversationId, since });
  const attempt = { startedAt, claimedExternalIds: others };
  const thread = threadRootExternalId === undefined ? {} : { threadRootExternalId };
  try {
    const ask = (signal: AbortSignal) =>
      reconcile(command, attempt, {
        signal,
        ...thread,
        attempt: 1,
        alreadySent: [],
        targetExternalIds: [],
        openAttachment: noFiles,
      });
    const answer = await withDeadline(ask, { timeoutMs: policy.callTimeoutMs, clock });
    if (answer !== timedOut) return answer;
  } catch {
    // Failing to look says nothing about the attempt.
  }
  open.job.failures += 1;
  return { kind: "later", afterMs: policy.lookAgainMs };
}

const noFiles = () => Promise.reject(new Error("no files"));
