import { decodeMessage, headerNames, isSubjectToken, schemaVersion } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { isForOtherDurable } from "@mio/jetstream";
import type { Message } from "@mio/proto";
import type { Context } from "@opentelemetry/api";
import { defaultAgent } from "../commands/command-id.ts";
import { createOutlet, type Outlet } from "../commands/outlet.ts";
import { assertOpen, type Session } from "../connection/session.ts";
import { extractTrace } from "../connection/trace.ts";
import type { SkipReason } from "../events.ts";
import { createIncomingMessage, type IncomingMessage } from "../incoming-message.ts";
import { answerDelivery } from "./answer-delivery.ts";
import type { Delivery } from "./delivery.ts";
import { toFilterSubject } from "./filter-subject.ts";
import { openPull, type Pull, type PullInit } from "./pull.ts";
import { createSettlement, type Settlement } from "./settlement.ts";

/** Settings of every way to read messages. */
export interface ReceiveOptions {
  /**
   * The durable consumer, by which the server remembers the position. Processes with the same durable share the
   * messages. Default `ai-consumer-enriched`.
   */
  readonly durable?: string;
  /** Only messages of this platform, for example `zoho_cliq`. Applies when the durable is created. */
  readonly channelType?: string;
  /** Only messages of this account. Applies when the durable is created. */
  readonly accountId?: string;
  /**
   * Where a new durable starts: with the oldest message of the stream (7 days), or with the next one. Default `all`.
   */
  readonly startFrom?: "all" | "new";
  /**
   * How long the server waits for an answer or a heartbeat before it delivers again. The messages of a crashed process
   * are delayed by this time. Milliseconds, default 30,000. Applies when the durable is created.
   */
  readonly ackWaitMs?: number;
  /** After this many deliveries a message goes to the dead letters. Default 20. */
  readonly maxDeliveries?: number;
  /** Ends the reading. Current messages are finished; messages fetched ahead are given back. */
  readonly signal?: AbortSignal;
}

/** One message, its delivery and its settlement. */
export interface Received {
  readonly incoming: IncomingMessage;
  readonly delivery: Delivery;
  readonly settlement: Settlement;
  readonly trace: Context;
}

/** Returns decodable messages of the known version, and settles the others. */
export interface Receiver {
  readonly pull: Pull;
  readonly maxDeliveries: number;
  next(): Promise<Received | undefined>;
}

/** How many unanswered messages a durable of the SDK allows. */
const maxAckPending = 1_000;

/** @throws MioError `sdk.closed`, `sdk.invalid_option`. */
export async function openReceiver(
  session: Session,
  options: ReceiveOptions,
  { window, mayBeAbandoned }: Pick<PullInit, "window" | "mayBeAbandoned">,
): Promise<Receiver> {
  assertOpen(session);
  const agent = toDurableName(options.durable);
  const maxDeliveries = options.maxDeliveries ?? 20;
  const pull = await openPull(session, {
    durable: agent,
    filterSubject: toFilterSubject(options),
    startFrom: options.startFrom ?? "all",
    ackWaitMs: options.ackWaitMs ?? 30_000,
    maxAckPending,
    window,
    mayBeAbandoned,
    signal: options.signal ?? new AbortController().signal,
  });
  const outlet = createOutlet(session);
  const read = (delivery: Delivery) =>
    readDelivery(session, { pull, agent, maxDeliveries, delivery, outlet });
  return {
    pull,
    maxDeliveries,
    async next() {
      for (;;) {
        const delivery = await pull.next();
        if (delivery === undefined) return undefined;
        const received = await read(delivery);
        if (received !== undefined) return received;
      }
    },
  };
}

function toDurableName(durable: string = defaultAgent): string {
  if (isSubjectToken(durable)) return durable;
  throw new MioError("sdk.invalid_option", "`durable` may hold only ASCII letters, digits, _ and -.");
}

interface Reading {
  readonly pull: Pull;
  readonly agent: string;
  readonly maxDeliveries: number;
  readonly delivery: Delivery;
  readonly outlet: Outlet;
}

async function readDelivery(session: Session, reading: Reading): Promise<Received | undefined> {
  const { delivery, pull, agent, maxDeliveries } = reading;
  const { deliveryCount } = delivery;
  const settlement = createSettlement((answer) => answerDelivery(session, { delivery, pull }, answer));
  const skip = async (reason: SkipReason): Promise<undefined> => {
    session.onEvent({
      type: "message_skipped",
      reason,
      subject: delivery.subject,
      streamSequence: delivery.seq,
    });
    await settlement.settle(reason === "schema" ? { kind: "ack" } : deadAs(reason));
  };
  if (isForOtherDurable(redriveDurableOf(delivery), agent)) {
    await settlement.settle({ kind: "ack" });
    return undefined;
  }
  const message = tryDecode(delivery.data);
  if (message === undefined) return await skip("undecodable");
  if (message.schemaVersion !== schemaVersion) return await skip("schema");
  if (deliveryCount > maxDeliveries) return await skip("exhausted");
  const trace = extractTrace(delivery.headers);
  const streamSequence = delivery.seq;
  const incoming = createIncomingMessage({
    message,
    deliveryCount,
    streamSequence,
    agent,
    trace,
    outlet: reading.outlet,
    settlement,
  });
  return { incoming, delivery, settlement, trace };
}

function redriveDurableOf({ headers }: Delivery): string | undefined {
  return headers?.has(headerNames.redriveDurable) ? headers.get(headerNames.redriveDurable) : undefined;
}

function deadAs(reason: "undecodable" | "exhausted") {
  const code = reason === "undecodable" ? "envelope.undecodable" : "bus.deliveries_exhausted";
  return { kind: "reject", code, reason } as const;
}

function tryDecode(bytes: Uint8Array): Message | undefined {
  try {
    return decodeMessage(bytes);
  } catch {
    return undefined;
  }
}
