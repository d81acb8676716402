import { createInbox, type Msg, nanos, type Subscription } from "@nats-io/transport-node";
import { sleep } from "../connection/backoff.ts";
import type { Session } from "../connection/session.ts";
import { inboundStream } from "../connection/stream-names.ts";
import { type Delivery, toDelivery } from "./delivery.ts";

/** One request for deliveries. */
export interface Request {
  readonly durable: string;
  /** How many deliveries are asked for. */
  readonly batch: number;
  /** Ends the waiting, not the deliveries: what is on its way still arrives. */
  readonly signal: AbortSignal;
}

/**
 * Where the deliveries of a reader arrive. It stays open between requests, also when one has failed: a server
 * that shuts down goes on delivering after it has ended the request, and counts that as delivered.
 */
export interface Inbox {
  /**
   * Asks for deliveries. Resolves when all came, the time is over or the connection was lost; rejects when the
   * server ends the request or falls silent. One request at a time.
   */
  ask(request: Request): Promise<void>;
  /** Tells the server at once to send no more; resolves when what was on its way has arrived. */
  close(): Promise<void>;
}

/** How long one request for messages stays open. */
const expiresMs = 10_000;
/** How often the server shows that it still knows the request. */
const idleHeartbeatMs = 1_000;
/** Two heartbeats and some leeway; silence for longer means that the request is lost. */
const silenceMs = 3_000;
/** How long closing leaves the last request open, to be fulfilled. */
const fulfilMs = 100;
/** How long closing waits for what is on its way. */
const closeMs = 1_000;

interface Asked {
  readonly replyTo: string;
  missing: number;
  /** Resolves when nothing more comes for it. */
  readonly over: Promise<void>;
  readonly silence: NodeJS.Timeout;
  end(error?: Error): void;
}

export function openInbox(session: Session, onDelivery: (delivery: Delivery) => void): Inbox {
  const { nc, link } = session;
  const inbox = createInbox();
  let subscription: Subscription | undefined;
  let serial = 0;
  /** What is waited for. */
  let asked: Asked | undefined;
  /** What the server may still deliver for, also when nobody waits any more. */
  let open: Asked | undefined;

  const onMessage = (error: Error | null, msg: Msg): void => {
    asked?.silence.refresh();
    if (error !== null) {
      asked?.end(error);
      return;
    }
    const delivery = toDelivery(nc, msg);
    if (delivery === undefined) {
      if (asked !== undefined && msg.subject === asked.replyTo) onStatus(asked, msg);
      return;
    }
    onDelivery(delivery);
    // A late delivery for an earlier request is as good as any other.
    if (open !== undefined && --open.missing === 0) open.end();
  };

  return {
    async ask({ durable, batch, signal }) {
      if (signal.aborted) return;
      if (subscription === undefined || subscription.isClosed()) {
        subscription = nc.subscribe(`${inbox}.*`, { callback: onMessage });
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (error?: Error) => (error === undefined ? resolve() : reject(error));
      const silence = setTimeout(() => end(new Error("The server fell silent.")), silenceMs);
      serial += 1;
      const over = Promise.withResolvers<void>();
      const endFor = (error?: Error) => {
        over.resolve();
        end(error);
      };
      asked = { replyTo: `${inbox}.${serial}`, missing: batch, over: over.promise, silence, end: endFor };
      open = asked;
      const off = link.onLost(end);
      const onAbort = () => end();
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        const request = { batch, expires: nanos(expiresMs), idle_heartbeat: nanos(idleHeartbeatMs) };
        const subject = `$JS.API.CONSUMER.MSG.NEXT.${inboundStream}.${durable}`;
        nc.publish(subject, JSON.stringify(request), { reply: asked.replyTo });
        await promise;
      } finally {
        asked = undefined;
        clearTimeout(silence);
        off();
        signal.removeEventListener("abort", onAbort);
      }
    },
    async close() {
      if (subscription === undefined || subscription.isClosed() || nc.isClosed()) return;
      const patience = new AbortController();
      // A message that the server takes up for us at this very moment would come again before those given back.
      if (open !== undefined) await Promise.race([open.over, sleep(fulfilMs, patience.signal)]);
      const arrived = link.guard(subscription.drain()).catch(() => {});
      await Promise.race([arrived, sleep(closeMs, patience.signal)]);
      patience.abort();
      if (!subscription.isClosed() && !nc.isClosed()) subscription.unsubscribe();
    },
  };
}

/** https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-13.md */
function onStatus(asked: Asked, msg: Msg): void {
  const code = msg.headers?.code ?? 0;
  if (code === 100) return;
  if (code === 404 || code === 408) asked.end();
  else asked.end(new Error(`The server ended the request: ${code} ${msg.headers?.description ?? ""}`));
}
