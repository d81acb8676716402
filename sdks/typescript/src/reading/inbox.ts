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
  /** Takes what the server has now, and leaves nothing asked for. */
  readonly noWait?: boolean;
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
/** How many of the undelivered are taken with one request. */
const takenAtATime = 32;

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
  /** Whether a delivery came that was the first of its message. */
  #sawNew = false;

  constructor(session: Session, onDelivery: (delivery: Delivery) => void) {
    this.#session = session;
    this.#onDelivery = onDelivery;
  }

  /**
   * Asks for deliveries. Resolves when all came, the time is over or the connection was lost; rejects when the
   * server ends the request or falls silent. One request at a time.
   */
  async ask({ durable, batch, signal, noWait = false }: Request): Promise<void> {
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
      const lasting = { expires: nanos(expiresMs), idle_heartbeat: nanos(idleHeartbeatMs) };
      const request = { batch, ...(noWait ? { no_wait: true } : lasting) };
      const subject = `$JS.API.CONSUMER.MSG.NEXT.${inboundStream}.${durable}`;
      this.#session.nc.publish(subject, JSON.stringify(request), { reply: replyTo });
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
    await Promise.race([last.over, sleep(fulfilMs, patience.signal)]);
    patience.abort();
    await this.#unsubscribe();
    if (last.missing === 0 || !this.#session.link.isUp) return;
    await this.#takeUndelivered(last.durable).catch(() => {});
    await this.#unsubscribe();
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
    await Promise.race([arrived, sleep(closeMs, patience.signal)]);
    patience.abort();
    if (!subscription.isClosed() && !nc.isClosed()) subscription.unsubscribe();
  }

  /**
   * What the server took up for a request whose inbox was gone, it delivers again before what is given back, although it
   * is later. So it is taken here, and given back in its place. The answer to the first, small request comes after
   * the server has put the last of these back; then they come before all that is new.
   */
  async #takeUndelivered(durable: string): Promise<void> {
    const signal = AbortSignal.timeout(closeMs);
    await this.ask({ durable, batch: 1, signal, noWait: true });
    do {
      this.#sawNew = false;
      await this.ask({ durable, batch: takenAtATime, signal, noWait: true });
    } while (this.#open?.missing === 0 && !this.#sawNew && !signal.aborted);
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
    this.#sawNew ||= delivery.deliveryCount === 1;
    // A late delivery for an earlier request is as good as any other.
    const open = this.#open;
    if (open !== undefined && --open.missing === 0) open.end();
  }
}

/** https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-13.md */
function onStatus(asked: Asked, msg: Msg): void {
  const code = msg.headers?.code ?? 0;
  if (code === 100) return;
  if (code === 404 || code === 408) asked.end();
  else asked.end(new Error(`The server ended the request: ${code} ${msg.headers?.description ?? ""}`));
}
