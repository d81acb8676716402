import type { InboundEvent } from "@mio/channel-kit";
import { toMioError } from "@mio/failure";
import { withSpan } from "@mio/service-kit";
import type { AcceptMessage } from "../accept/accept-message.ts";
import { toRefusal } from "../accept/refusal.ts";
import { type GatewayEvents, type Incoming, outcomeOf, type WebhookOutcome } from "../events.ts";
import type { SocketEvents, SocketOrigin } from "./socket-events.ts";

/**
 * Handles one socket event like a webhook's. Resolves when it is safe or a retry cannot make it useful; rejects if
 * the platform must send it again.
 */
export type AcceptSocketEvent = (origin: SocketOrigin, event: InboundEvent) => Promise<void>;

export interface AcceptSocketEventDeps {
  readonly accept: AcceptMessage;
  readonly events: GatewayEvents;
  readonly socketEvents: Pick<SocketEvents, "handedOver">;
  /** The `traceparent` of the current span, stored with the event for the relay. */
  readonly currentTraceparent: () => string | undefined;
}

/** A socket event comes from the platform itself, to which Mio has connected. */
const isAlwaysAuthorized = async (): Promise<boolean> => true;

export function createAcceptSocketEvent(deps: AcceptSocketEventDeps): AcceptSocketEvent {
  const { accept, events, socketEvents, currentTraceparent } = deps;

  const take = async (
    event: InboundEvent,
    { accountId, ...incoming }: SocketOrigin & Incoming,
  ): Promise<WebhookOutcome> => {
    switch (event.kind) {
      case "handshake":
        events.handshake(incoming.channelType);
        return "handshake";
      case "ignored":
        events.ignored(incoming, event.reason);
        return "normalize_error";
      case "message": {
        const traceparent = currentTraceparent();
        const acceptance = await accept({
          draft: event.draft,
          accountId,
          overSocket: true,
          traceparent,
          isAuthorizedFor: isAlwaysAuthorized,
        });
        if (acceptance.kind === "forbidden") return "unroutable";
        events.accepted(incoming, acceptance);
        return outcomeOf(acceptance);
      }
    }
  };

  return (origin, event) => {
    const { channelType } = origin;
    const incoming = { ...origin, startedAt: performance.now() };
    const attributes = { "mio.channel_type": channelType };
    return withSpan("mio.socket_event", { kind: "consumer", attributes }, async () => {
      try {
        socketEvents.handedOver(channelType, await take(event, incoming));
      } catch (error) {
        const failure = toMioError(error);
        const { status, outcome } = toRefusal(failure);
        events.refused({ channelType, startedAt: incoming.startedAt }, outcome, failure);
        socketEvents.handedOver(channelType, outcome);
        if (status !== 200) throw failure;
      }
    });
  };
}
