import {
  type ConsumerName,
  pullSubject,
  readPullStatus,
  streamNames,
  takeUndelivered,
  toPullBody,
} from "@mio/jetstream";
import { pause, systemClock } from "@mio/pacing";
import { createInbox, type Msg, type Subscription } from "@nats-io/transport-node";
import type { Session } from "../connection/session.ts";
import { type Delivery, toDelivery } from "./delivery.ts";

/** One request for deliveries. */
export interface Request {
  readonly durable: string;
  /** How many deliveries are asked for. */
  readonly batch: number;
  /** Ends the waiting, not the deliveries: what is on its way still arrives. */
  readonly signal: AbortSignal;
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
  readonly durable: string;
  missing: number;
  /** Resolves when nothing more comes for it. */
  readonly over: Promise<void>;
  readonly silence: NodeJS.Timeout;
  end(error?: Error): void;
}

/**
 * Where the deliveries of a reader arrive. It stays open between requests, also when one has failed: a server
 * that shuts down goes on delivering after it has ended the request, and counts that as delivered.
 */
export class Inbox {
  readonly #session: Session;
  readonly #onDelivery: (delivery: Delivery) => void;
  #subscription: Subscription | undefined;
  #subject = "";
  #serial = 0;
  /** What is waited for. */
  #asked: Asked | undefined;
  /** What the server may still deliver for, also when nobody waits any more. */
  #open: Asked | undefined;

  constructor(session: Session, onDelivery: (delivery: Delivery) => void) {
    this.#session = session;
    this.#onDelivery = onDelivery;
  }

  /**
   * Asks for deliveries. Resolves when all came, the time is over or the connection was lost; rejects when the
   * server ends the request or falls silent. One request at a time.
   */
  async ask({ durable, batch, signal }: Request): Promise<void> {
    if (signal.aborted) return;
    this.#subscribe();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const stopWaiting = () => resolve();
    const end = (error?: Error) => {
      over.resolve();
      if (error === undefined) resolve();
      else reject(error);
    };
    const silence = setTimeout(() => reject(new Error("The server fell silent.")), silenceMs);
    this.#serial += 1;
    const replyTo = `${this.#subject}.${this.#serial}`;
    this.#asked = { replyTo, durable, missing: batch, over: over.promise, silence, end };
    this.#open = this.#asked;
    const off = this.#session.link.onLost(stopWaiting);
    signal.addEventListener("abort", stopWaiting, { once: true });
    try {
      const body = toPullBody({ batch, open: { expiresMs, idleHeartbeatMs } });
      this.#session.nc.publish(pullSubject(toName(durable)), body, { reply: replyTo });
      await promise;
    } finally {
      this.#asked = undefined;
      clearTimeout(silence);
      off();
      signal.removeEventListener("abort", stopWaiting);
    }
  }

  /** Makes the server send no more; resolves when what was on its way has arrived. */
  async close(): Promise<void> {
    const last = this.#open;
    if (last === undefined) return;
    const patience = new AbortController();
    await Promise.race([last.over, pause(fulfilMs, { clock: systemClock, signal: patience.signal })]);
    patience.abort();
    await this.#unsubscribe();
    if (last.missing === 0 || !this.#session.link.isUp) return;
    const { nc, link } = this.#session;
    const onDelivery = (msg: Msg) => this.#onMessage(null, msg);
    await link.guard(takeUndelivered({ nc, consumer: toName(last.durable), onDelivery })).catch(() => {});
  }

  #subscribe(): void {
    if (this.#subscription?.isClosed() === false) return;
    // Never a former subject: a request that is open there would be fulfilled again.
    this.#subject = createInbox();
    const callback = (error: Error | null, msg: Msg) => this.#onMessage(error, msg);
    this.#subscription = this.#session.nc.subscribe(`${this.#subject}.*`, { callback });
  }

  async #unsubscribe(): Promise<void> {
    const { nc, link } = this.#session;
    const subscription = this.#subscription;
    if (subscription === undefined || subscription.isClosed() || nc.isClosed()) return;
    const patience = new AbortController();
    const arrived = link.guard(subscription.drain()).catch(() => {});
    await Promise.race([arrived, pause(closeMs, { clock: systemClock, signal: patience.signal })]);
    patience.abort();
    if (!subscription.isClosed() && !nc.isClosed()) subscription.unsubscribe();
  }

  #onMessage(error: Error | null, msg: Msg): void {
    const asked = this.#asked;
    asked?.silence.refresh();
    if (error !== null) {
      asked?.end(error);
      return;
    }
    const delivery = toDelivery(this.#session.nc, msg);
    if (delivery === undefined) {
      if (asked !== undefined && msg.subject === asked.replyTo) onStatus(asked, msg);
      return;
    }
    this.#onDelivery(delivery);
    // A late delivery for an earlier request is as good as any other.
    const open = this.#open;
    if (open !== undefined && --open.missing === 0) open.end();
  }
}

function toName(durable: string): ConsumerName {
  return { stream: streamNames.enriched, durable };
}

function onStatus(asked: Asked, msg: Msg): void {
  const { kind, text } = readPullStatus(msg.headers);
  if (kind === "heartbeat") return;
  if (kind === "finished") asked.end();
  else asked.end(new Error(`The server ended the request: ${text}`));
}
