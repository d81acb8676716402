import { MioError, toMioError } from "@mio/failure";
import type { ConsumerInfo } from "@nats-io/jetstream";
import { millis } from "@nats-io/transport-node";
import { backoffMs, sleep } from "../connection/backoff.ts";
import type { Session } from "../connection/session.ts";
import type { Delivery } from "./delivery.ts";
import { type DurableInit, ensureDurable } from "./durable.ts";
import { Holding } from "./holding.ts";
import { type Inbox, openInbox } from "./inbox.ts";
import { createProgress, type Progress } from "./progress.ts";

export interface PullInit extends DurableInit {
  /** How many deliveries are held at a time, handed out or not. */
  readonly window: number;
  /** Whether what was handed out may stay unanswered for ever, as by a loop that nobody goes on with. */
  readonly mayBeAbandoned: boolean;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/** How often the server's acknowledgement floor is read, which bounds what a deleted durable replays. */
const floorEveryMs = 30_000;

/** @throws MioError `sdk.no_stream` when there is nothing to read from. */
export async function openPull(session: Session, init: PullInit): Promise<Pull> {
  const progress = createProgress();
  await session.link.whenUp(AbortSignal.any([init.signal, session.closing]));
  const info = await session.link.guard(ensureDurable(session, init, progress)).catch(unlessFatal);
  const pull = new Pull(session, { init, progress });
  pull.start(info);
  return pull;
}

/**
 * Deliveries of one durable, at most `window` held at a time. It goes on through lost connections, restarted
 * servers and deleted durables; what it cannot overcome at once it tries again for ever.
 */
export class Pull {
  readonly #session: Session;
  readonly #init: PullInit;
  readonly #progress: Progress;
  readonly #holding = new Holding();
  readonly #inbox: Inbox;
  readonly #signal: AbortSignal;
  readonly #stopping = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  #quiet: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #info: ConsumerInfo | undefined;
  #floorReadAt = 0;

  constructor(session: Session, parts: { readonly init: PullInit; readonly progress: Progress }) {
    this.#session = session;
    this.#init = parts.init;
    this.#progress = parts.progress;
    this.#inbox = openInbox(session, (delivery) => this.#accept(delivery));
    const told = AbortSignal.any([parts.init.signal, session.closing]);
    this.#signal = AbortSignal.any([told, this.#stopping.signal]);
    told.addEventListener("abort", () => void this.stop(), { once: true });
    session.closing.addEventListener("abort", () => this.#holding.wake(), { once: true });
    void session.nc.closed().then(() => this.#holding.close());
  }

  start(info: ConsumerInfo | undefined): void {
    if (info !== undefined) this.#adopt(info);
    this.#reading = this.#read();
    const stopped = this.#reading.then(() => this.stop());
    this.#session.running.add(stopped);
    void stopped.finally(() => this.#session.running.delete(stopped));
  }

  /** Aborted when reading ends. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** The next delivery in stream order; undefined once reading has ended. */
  async next(): Promise<Delivery | undefined> {
    while (!this.#signal.aborted) {
      const changed = this.#holding.changed;
      const delivery = this.#holding.take();
      if (delivery !== undefined) return delivery;
      await changed;
    }
    return undefined;
  }

  /** Says how a delivery was answered: finished for ever, or to come again. Ends its heartbeats. */
  release(delivery: Delivery, answer: "finished" | "again"): void {
    if (answer === "finished") this.#progress.settled(delivery.seq);
    this.#holding.release(delivery);
    if (this.#signal.aborted && this.#holding.size === 0) this.#holding.close();
  }

  /**
   * Stops asking. What was handed out is kept alive until it is answered; then what was not handed out is given
   * back, so that all of it comes again in stream order.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#giveBackWaiting();
    return this.#stopped;
  }

  /**
   * Tells the server to deliver again. Once reading has ended, the server first hears that no more is asked for,
   * or it would come here; and it confirms, so that who asks next gets this before what came later.
   */
  async giveBack(delivery: Delivery, afterMs?: number): Promise<void> {
    if (this.#signal.aborted) {
      await this.#quiet;
      await this.#session.link.guard(delivery.confirmedNak(afterMs)).catch(() => delivery.nak(afterMs));
    } else {
      delivery.nak(afterMs);
    }
  }

  async #giveBackWaiting(): Promise<void> {
    this.#quiet = this.#inbox.close();
    this.#stopping.abort();
    this.#holding.wake();
    await Promise.all([this.#reading, this.#quiet]);
    while (this.#holding.taken > 0 && !this.#isAbandoned()) await this.#holding.changed;
    const waiting = this.#holding.releaseWaiting();
    for (const delivery of waiting.slice(0, -1)) delivery.nak();
    // The server takes them one after another, so its word for the last is its word for all.
    for (const last of waiting.slice(-1)) await this.giveBack(last);
    if (this.#holding.size === 0) this.#holding.close();
  }

  #isAbandoned(): boolean {
    return this.#init.mayBeAbandoned && this.#session.closing.aborted;
  }

  async #read(): Promise<void> {
    for (let failures = 0; this.#isOpen(); ) {
      await this.#session.link.whenUp(this.#signal);
      try {
        await this.#fetch();
        failures = 0;
      } catch (error) {
        if (!this.#isOpen()) return;
        if (failures === 0) this.#session.onEvent({ type: "reading_interrupted", error: toMioError(error) });
        failures += 1;
        this.#info = undefined;
        await sleep(backoffMs(failures, { baseMs: 50, maxMs: 1_000 }), this.#signal);
      }
    }
  }

  #isOpen(): boolean {
    return !this.#signal.aborted && !this.#session.nc.isClosed();
  }

  async #fetch(): Promise<void> {
    const info = await this.#freshInfo();
    const changed = this.#holding.changed;
    const room = windowOf(info, this.#init.window) - this.#holding.size;
    if (room <= 0) {
      await changed;
      return;
    }
    await this.#inbox.ask({ durable: this.#init.durable, batch: room, signal: this.#signal });
  }

  async #freshInfo(): Promise<ConsumerInfo> {
    if (this.#info !== undefined && Date.now() - this.#floorReadAt < floorEveryMs) return this.#info;
    const asking = ensureDurable(this.#session, this.#init, this.#progress);
    const info = await this.#session.link.guard(asking);
    this.#adopt(info);
    return info;
  }

  #adopt(info: ConsumerInfo): void {
    this.#info = info;
    this.#floorReadAt = Date.now();
    this.#progress.floorReached(info.ack_floor.stream_seq);
    const ackWaitMs = millis(info.config.ack_wait ?? 0) || this.#init.ackWaitMs;
    this.#holding.beatEvery(Math.max(50, ackWaitMs / 3));
  }

  #accept(delivery: Delivery): void {
    if (this.#progress.isSettled(delivery.seq)) delivery.ack();
    else this.#holding.add(delivery);
  }
}

/** A server that is away is waited for; only what waiting cannot repair is told to the caller. */
function unlessFatal(error: unknown): undefined {
  if (error instanceof MioError) throw error;
}

/** A durable may allow fewer unanswered deliveries than the program would hold; 0 and -1 mean any number. */
function windowOf(info: ConsumerInfo, wanted: number): number {
  const allowed = info.config.max_ack_pending ?? 0;
  return Math.max(1, allowed > 0 ? Math.min(allowed, wanted) : wanted);
}
