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
  /** How many deliveries it asks for. */
  readonly batch: number;
  /** Ends the wait. Deliveries that are on their way still arrive. */
  readonly signal: AbortSignal;
}

/** How long one pull request stays open. */
const expiresMs = 10_000;
/** How often the server confirms that it still has the request. */
const idleHeartbeatMs = 1_000;
/** Two heartbeats and some tolerance. After a longer silence the request is lost. */
const silenceMs = 3_000;
/** How long closing waits for the server to fulfil the last request. */
const fulfilMs = 100;
/** How long closing waits for deliveries on their way. */
const closeMs = 1_000;

interface Asked {
  readonly replyTo: string;
  readonly durable: string;
  missing: number;
  /** Resolves when no more deliveries come for it. */
  readonly over: Promise<void>;
  readonly silence: NodeJS.Timeout;
  end(error?: Error): void;
}

/**
 * The subscription for the deliveries of a reader. It stays open between requests, also after a failed one: a server
 * that shuts down still delivers after it has ended the request, and counts these messages as delivered.
 */
export class Inbox {
  readonly #session: Session;
  readonly #onDelivery: (delivery: Delivery) => void;
  #subscription: Subscription | undefined;
  #subject = "";
  #serial = 0;
  /** The request for which `ask` waits. */
  #asked: Asked | undefined;
  /** The latest request. The server may still deliver for it after the wait. */
  #open: Asked | undefined;

  constructor(session: Session, onDelivery: (delivery: Delivery) => void) {
    this.#session = session;
    this.#onDelivery = onDelivery;
  }

  /**
   * Sends one pull request. Resolves when all deliveries came, the request expired or the connection was lost. Rejects
   * when the server ends the request or stops sending heartbeats. Call it again only after it has settled.
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
    const silence = setTimeout(() => reject(new Error("The server sent no heartbeat.")), silenceMs);
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

  /** Ends the subscription; resolves when the deliveries on their way have arrived. */
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
    // A new subject, because the server would still fulfil a request for the old one.
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
    // A late delivery for an earlier request counts too.
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
