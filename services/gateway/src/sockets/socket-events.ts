import type { SocketState } from "@mio/channel-kit";
import type { Clock } from "@mio/pacing";
import { createLogLimiter, type Logger, type LogLimiter } from "@mio/service-kit";
import type { WebhookOutcome } from "../events.ts";
import type { SocketMetrics } from "./socket-metrics.ts";
import { isLastConnection } from "./socket-status.ts";

/** The account whose socket delivered an event. */
export interface SocketOrigin {
  readonly channelType: string;
  readonly accountId: string;
}

/** Counts and logs socket events, so that metrics and logs agree. */
export interface SocketEvents {
  handedOver(channelType: string, outcome: WebhookOutcome): void;
  /** For one account; drop it with the account. */
  forAccount(origin: SocketOrigin): AccountSocketEvents;
}

export interface AccountSocketEvents {
  changed(state: SocketState): void;
  /** An event was not safe in time to be acknowledged. */
  late(): void;
  /** The socket is open but had no event for this time. */
  silent(forMs: number): void;
  stopped(): void;
  /** It did not end on request and is abandoned. */
  abandoned(graceMs: number): void;
}

/** A flapping connection logs the same line once in this time. */
const sameLineEveryMs = 5_000;

export function createSocketEvents({
  logger,
  metrics,
  clock,
}: {
  readonly logger: Logger;
  readonly metrics: Pick<SocketMetrics, "events" | "late" | "lost">;
  readonly clock: Clock;
}): SocketEvents {
  return {
    handedOver: (channelType, outcome) => metrics.events.inc({ channel_type: channelType, outcome }),
    forAccount({ channelType, accountId }) {
      const line = { channel: channelType, account_id: accountId };
      const limiter = createLogLimiter(clock, sameLineEveryMs);
      return {
        changed(state) {
          if (state.kind === "lost" || state.kind === "refused") {
            metrics.lost.inc({ channel_type: channelType, reason: state.error.code });
          }
          if (isLastConnection(state)) {
            limiter.limit("last", (left_out) => logger.warn({ ...line, left_out }, "socket.last_connection"));
          }
          logState(logger.child(line), limiter, state);
        },
        late() {
          metrics.late.inc({ channel_type: channelType });
          limiter.limit("late", (left_out) => logger.warn({ ...line, left_out }, "socket.event_late"));
        },
        silent: (forMs) => logger.warn({ ...line, silent_ms: forMs }, "socket.no_events"),
        stopped: () => logger.info(line, "socket.stopped"),
        abandoned: (graceMs) => logger.error({ ...line, grace_ms: graceMs }, "socket.abandoned"),
      };
    },
  };
}

function logState(logger: Logger, limiter: LogLimiter, state: SocketState): void {
  switch (state.kind) {
    case "unused":
    case "connecting":
    case "open":
      limiter.limit(state.kind, (left_out) => logger.info({ left_out }, `socket.${state.kind}`));
      return;
    case "lost":
    case "refused": {
      const { error: err, retryAfterMs: retry_after_ms } = state;
      limiter.limit(`${state.kind} ${err.code}`, (left_out) => {
        const line = { err, retry_after_ms, left_out };
        if (state.kind === "lost") logger.warn(line, "socket.lost");
        else logger.error(line, "socket.refused");
      });
    }
  }
}
