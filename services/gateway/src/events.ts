import { type MioError, toMioError } from "@mio/failure";
import { systemClock } from "@mio/pacing";
import { createLogLimiter, type Logger, type Metrics } from "@mio/service-kit";
import type { Rotation } from "@mio/store";
import type { Acceptance } from "./accept/accept-message.ts";
import { defineGatewayMetrics } from "./gateway-metrics.ts";
import { createOutboxEvents, type OutboxEvents } from "./publish/outbox-events.ts";

/** The outcome of a webhook or socket event, as a metric label. */
export type WebhookOutcome =
  | "success"
  | "queued"
  | "dedup"
  | "unroutable"
  | "normalize_error"
  | "handshake"
  | "bad_signature"
  | "parse_error"
  | "too_large"
  | "overloaded"
  | "db_error"
  | "error";

/** Outcomes that are answered 200. */
export type Answered = Exclude<Acceptance, { readonly kind: "forbidden" }>;

/** A delivery from a platform. */
export interface Incoming {
  readonly channelType: string;
  readonly startedAt: number;
}

export interface GatewayEvents extends OutboxEvents {
  accepted(incoming: Incoming, acceptance: Answered): void;
  ignored(incoming: Incoming, reason: string): void;
  handshake(channelType: string): void;
  /** `peer` is the sender's address; absent for a socket event. */
  refused(
    incoming: Incoming & { readonly peer?: string },
    outcome: WebhookOutcome,
    why: string | MioError,
  ): void;
  messagesRotated(rotation: Rotation): void;
}

/** Longest id from a platform that is logged. */
const maxLoggedIdLength = 100;

/** The metric label of an accepted event. */
export function outcomeOf(acceptance: Answered): WebhookOutcome {
  switch (acceptance.kind) {
    case "published":
      return "success";
    case "queued":
      return "queued";
    case "duplicate":
      return "dedup";
    case "unroutable":
      return "unroutable";
  }
}

/** One method per business event: it counts and logs, so that metrics and logs agree. */
export function createGatewayEvents(logger: Logger, metrics: Metrics): GatewayEvents {
  const m = defineGatewayMetrics(metrics);
  const limiter = createLogLimiter(systemClock);
  const count = (channelType: string, outcome: WebhookOutcome, startedAt: number): number => {
    const seconds = (performance.now() - startedAt) / 1000;
    const labels = { channel_type: channelType, direction: "inbound", outcome };
    m.inbound.inc(labels);
    m.latency.observe(labels, seconds);
    return Math.round(seconds * 1e5) / 100;
  };

  /** With several gateways it is normal to wait for an older event of the conversation. */
  const logQueued = (line: { readonly channel: string; readonly cause: string }): void => {
    if (line.cause === "order") logger.info(line, "message.queued");
    else
      limiter.limit(`${line.channel} queued ${line.cause}`, (left_out) =>
        logger.warn({ ...line, left_out }, "message.queued"),
      );
  };

  return {
    accepted({ channelType, startedAt }, acceptance) {
      if (acceptance.kind === "unroutable") {
        const ms = count(channelType, "unroutable", startedAt);
        m.unroutable.inc({ channel_type: channelType });
        const workspace = acceptance.workspace.slice(0, maxLoggedIdLength);
        limiter.limit(`${channelType} unroutable ${acceptance.reason}`, (left_out) =>
          logger.warn(
            { channel: channelType, reason: acceptance.reason, workspace, ms, left_out },
            "message.unroutable",
          ),
        );
        return;
      }
      const outcome = outcomeOf(acceptance);
      const ms = count(channelType, outcome, startedAt);
      if (acceptance.kind === "duplicate") m.dedup.inc({ channel_type: channelType });
      const { messageId, conversationId, subject } = acceptance.entry;
      const line = {
        channel: channelType,
        message_id: messageId,
        conversation_id: conversationId,
        subject,
        ms,
      };
      if (acceptance.kind === "queued") logQueued({ ...line, cause: acceptance.cause });
      else logger.info({ ...line, outcome }, "message.accepted");
    },
    ignored({ channelType, startedAt }, reason) {
      const ms = count(channelType, "normalize_error", startedAt);
      m.dropped.inc({ channel_type: channelType, reason });
      logger.info({ channel: channelType, reason, ms }, "message.ignored");
    },
    handshake(channelType) {
      m.inbound.inc({ channel_type: channelType, direction: "inbound", outcome: "handshake" });
      // Anyone may send handshakes at any rate.
      limiter.limit(`${channelType} handshake`, (left_out) =>
        logger.info({ channel: channelType, left_out }, "webhook.handshake"),
      );
    },
    refused({ channelType, startedAt, peer }, outcome, why) {
      const ms = count(channelType, outcome, startedAt);
      const cause = typeof why === "string" ? { reason: why } : { err: toMioError(why) };
      limiter.limit(`${channelType} ${outcome}`, (left_out) =>
        logger.warn(
          { channel: channelType, peer, outcome, ms, ...cause, left_out },
          peer === undefined ? "socket.event_refused" : "webhook.refused",
        ),
      );
    },
    messagesRotated({ created, dropped, coveredUntil, isSpilled }) {
      m.partitioned.set({ table: "messages" }, (coveredUntil.getTime() - Date.now()) / 1000);
      if (created > 0 || dropped > 0) logger.info({ created, dropped, coveredUntil }, "messages.rotated");
      if (isSpilled) logger.error({ coveredUntil }, "messages.without_partition");
    },
    ...createOutboxEvents(logger, m),
  };
}
