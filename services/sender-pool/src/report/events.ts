import { isKnownChannelType } from "@mio/proto";
import type { Logger, Metrics } from "@mio/service-kit";
import type { DeliveryJob, Ended } from "../job/delivery-job.ts";
import type { CallResult } from "../job/platform-call.ts";
import { reasonOf } from "../job/refusal.ts";
import { defineSenderPoolMetrics } from "./sender-pool-metrics.ts";

export interface DeliveryEvents {
  /** The platform is about to be called. */
  calling(job: DeliveryJob, now: Date): void;
  callFailed(job: DeliveryJob, result: Exclude<CallResult, { kind: "sent" }>): void;
  /** Another process may be calling the platform for the same command right now. */
  waitsForOther(job: DeliveryJob, forMs: number): void;
  /** The command is on the schedule. */
  postponed(job: DeliveryJob, dueAt: Date): void;
  ended(job: DeliveryJob, end: Ended, now: Date): void;
}

/** One method per business event, which counts and logs it, so that metrics and logs agree. */
export function createDeliveryEvents(logger: Logger, metrics: Metrics): DeliveryEvents {
  const m = defineSenderPoolMetrics(metrics);
  return {
    calling(job, now) {
      if (job.firstCallAt !== undefined) return;
      job.firstCallAt = now;
      const channel_type = job.command.channelType;
      m.dispatch.observe({ channel_type }, secondsBetween(job.storedAt, now));
      if (job.isFallback) m.fallback.inc({ channel_type, reason: "state_missing" });
    },
    callFailed(job, result) {
      const reason = reasonOf(result.error);
      if (result.kind !== "permanent") {
        m.retried.inc({ channel_type: job.command.channelType, http_status: toStatusLabel(reason) });
      }
      const fate = result.kind;
      logger.warn({ ...idsOf(job), fate, reason, err: result.error }, "delivery.call_failed");
    },
    waitsForOther(job, forMs) {
      logger.debug({ ...idsOf(job), for_ms: forMs }, "delivery.waits_for_other");
    },
    postponed(job, dueAt) {
      logger.info({ ...idsOf(job), due_at: dueAt.toISOString() }, "delivery.postponed");
    },
    ended(job, end, now) {
      const channel_type = channelLabel(job);
      const line = { ...idsOf(job), ...timesOf(job, now), outcome: end.state, attempts: end.attempts };
      if (end.state === "sent") {
        m.sent.inc({ channel_type, outcome: "ok" });
        logger.info({ ...line, external_ids: end.externalIds }, "delivery.sent");
        return;
      }
      if (end.state === "suppressed") {
        m.sent.inc({ channel_type, outcome: "suppressed" });
        logger.info({ ...line, reason: end.reason }, "delivery.suppressed");
        return;
      }
      m.terminated.inc({ channel_type, reason: end.reason });
      const { code, message: detail } = end.error;
      logger.error({ ...line, code, reason: end.reason, detail }, `delivery.${end.state}`);
    },
  };
}

/** A command with an unknown channel must not add a label to the metrics. */
function channelLabel({ command }: DeliveryJob): string {
  return isKnownChannelType(command.channelType) ? command.channelType : "unknown";
}

function toStatusLabel(reason: string): "429" | "5xx" | "network" {
  if (reason === "throttled") return "429";
  return reason === "platform_down" ? "5xx" : "network";
}

function idsOf({ command, operation, isFallback, deliveries, attachmentsLeftOut }: DeliveryJob) {
  return {
    command_id: command.id,
    tenant_id: command.tenantId,
    account_id: command.accountId,
    conversation_id: command.conversationId,
    channel: command.channelType,
    operation,
    ...(isFallback && { fallback: "state_missing" }),
    ...(attachmentsLeftOut > 0 && { attachments_left_out: attachmentsLeftOut }),
    deliveries,
  };
}

function timesOf(job: DeliveryJob, now: Date) {
  const total_ms = now.getTime() - job.storedAt.getTime();
  if (job.firstCallAt === undefined) return { total_ms };
  return { total_ms, waited_ms: job.firstCallAt.getTime() - job.storedAt.getTime() };
}

function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime()) / 1_000;
}
