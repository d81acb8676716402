import type { MioError } from "@mio/failure";
import { streamNames } from "@mio/jetstream";
import { createBackoff, pause, systemClock } from "@mio/pacing";
import type { ConsumerInfo } from "@nats-io/jetstream";
import { millis } from "@nats-io/transport-node";
import type { Session } from "../connection/session.ts";
import type { Delivery, Identity } from "./delivery.ts";
import { type DurableInit, ensureDurable } from "./durable.ts";
import { createGap, type Gap } from "./gap.ts";
import { Holding } from "./holding.ts";
import { Inbox } from "./inbox.ts";
import { isNextOfSubject } from "./next-of-subject.ts";
import { createProgress, type IsFormer, type Progress } from "./progress.ts";
import { toReadingError } from "./reading-error.ts";

const backoff = createBackoff({ baseMs: 50, maxMs: 1_000 });

export interface PullInit extends DurableInit {
  /** How many deliveries to hold at a time, handed out or not. */
  readonly window: number;
  /** Whether the caller may never answer a delivery, as a loop does that was left. */
  readonly mayBeAbandoned: boolean;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

/** How often to read the server's ack floor. It limits what is replayed after the durable was deleted. */
const floorEveryMs = 30_000;
/** How often to report a lasting interruption. */
const reportEveryMs = 30_000;

/** Pause before a message that waits for a lost one checks again. */
const askAgainMs = 250;

/** How many messages that wait for a lost one are held beyond the window, so that the lost one can arrive. */
const maxStalled = 1_000;

/** Starts reading. If the stream or the server is missing, it emits an event and waits. */
export async function openPull(session: Session, init: PullInit): Promise<Pull> {
  const pull = new Pull(session, init);
  await pull.start();
  return pull;
}

/**
 * Reads one durable and holds at most `window` deliveries at a time. It continues after lost connections, restarted
 * servers, deleted durables and recreated streams, and retries without a limit.
 */
export class Pull {
  readonly #session: Session;
  readonly #init: PullInit;
  readonly #progress: Progress = createProgress();
  readonly #holding = new Holding();
  readonly #inbox: Inbox;
  readonly #stopping = new AbortController();
  readonly #interruption = { reportedAt: 0, message: "" };
  readonly #gap: Gap;
  /** Subjects of conversations that wait for a lost message. */
  readonly #stalled = new Set<string>();
  readonly #detach: () => void;
  #ackWaitMs: number;
  #reading: Promise<void> = Promise.resolve();
  #quiet: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;
  #info: ConsumerInfo | undefined;
  #floorReadAt = 0;

  constructor(session: Session, init: PullInit) {
    this.#session = session;
    this.#init = init;
    this.#inbox = new Inbox(session, (delivery) => this.#accept(delivery));
    this.#ackWaitMs = init.ackWaitMs;
    this.#gap = createGap({ ackWaitMs: () => this.#ackWaitMs, now: Date.now });
    this.#detach = this.#attach();
  }

  /** Resolves when the durable exists, or when the first try failed. */
  async start(): Promise<void> {
    if (this.#init.signal.aborted || this.#session.closing.aborted) void this.stop();
    await this.#session.link.whenUp(this.signal);
    await this.#freshInfo().catch((error: unknown) => this.#interrupted(error));
    this.#reading = this.#read();
    const stopped = this.#reading.then(() => this.stop());
    this.#session.running.add(stopped);
    void stopped.finally(() => this.#session.running.delete(stopped));
  }

  /** Aborts when reading ends. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Returns the next delivery in stream order; undefined once reading has ended. */
  async next(): Promise<Delivery | undefined> {
    while (!this.signal.aborted) {
      const changed = this.#holding.changed;
      const delivery = this.#holding.take();
      if (delivery !== undefined) return delivery;
      await changed;
    }
    return undefined;
  }

  /** Whether a delivery is of a former stream. The server would take an answer for one to another message. */
  isFormer(delivery: Delivery): boolean {
    return this.#holding.isFormer(delivery);
  }

  /**
   * Whether the order of its conversation allows a delivery to be handled. Returns false, after a pause, while an earlier
   * message of the same subject is missing because its connection was lost.
   */
  hasTurn(delivery: Delivery): Promise<boolean> | true {
    if (this.#gap.missing() === 0 || this.signal.aborted) return true;
    return this.#isNextOfSubject(delivery);
  }

  async #isNextOfSubject(delivery: Delivery): Promise<boolean> {
    const floor = this.#info?.ack_floor.stream_seq ?? 0;
    const isKnown = (identity: Identity) => this.#holding.has(identity) || this.#progress.isSettled(identity);
    const looking = isNextOfSubject(this.#session, { delivery, floor, isKnown });
    const { subject } = delivery;
    if (await this.#session.link.guard(looking).catch(() => false)) {
      this.#stalled.delete(subject);
      return true;
    }
    if (!this.#stalled.has(subject)) {
      this.#stalled.add(subject);
      this.#holding.wake();
    }
    await pause(askAgainMs, { clock: systemClock, signal: this.signal });
    return false;
  }

  /** Records the answer to a delivery, `finished` or `again`, and ends its heartbeats. */
  release(delivery: Delivery, answer: "finished" | "again"): void {
    if (answer === "finished") this.#progress.settled(delivery);
    this.#holding.release(delivery);
    if (this.signal.aborted && this.#holding.size === 0) this.#holding.close();
  }

  /**
   * Stops sending requests. Deliveries that were handed out get heartbeats until they are answered. Then the others are
   * given back, so that they come again in stream order.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#giveBackWaiting();
    return this.#stopped;
  }

  /**
   * Asks the server to deliver again. Once reading has ended, it first ends the open request, or the message would come
   * here again. It also waits for the confirmation, so that the next reader gets this message before later ones.
   */
  async giveBack(delivery: Delivery, afterMs?: number): Promise<void> {
    if (this.isFormer(delivery)) return;
    if (this.signal.aborted) {
      await this.#quiet;
      if (this.#session.link.isUp) {
        const confirmed = this.#session.link.guard(delivery.confirmedNak(afterMs));
        if (await confirmed.then(() => true).catch(() => false)) return;
      }
    }
    delivery.nak(afterMs);
  }

  /** Stops with the program's signal and with the connection. After a lost connection it reads the durable again. */
  #attach(): () => void {
    const { closing, link, ended } = this.#session;
    const stops = [this.#init.signal, closing];
    const stop = () => {
      void this.stop();
      this.#holding.wake();
    };
    const close = () => this.#holding.close();
    for (const signal of stops) signal.addEventListener("abort", stop, { once: true });
    ended.add(close);
    const off = link.onLost(() => {
      this.#info = undefined;
      this.#gap.connectionLost();
    });
    return () => {
      for (const signal of stops) signal.removeEventListener("abort", stop);
      ended.delete(close);
      off();
    };
  }

  async #giveBackWaiting(): Promise<void> {
    this.#quiet = this.#inbox.close();
    this.#stopping.abort();
    this.#holding.wake();
    await Promise.all([this.#reading, this.#quiet]);
    while (this.#holding.taken > 0 && !this.#isAbandoned()) await this.#holding.changed;
    const waiting = this.#holding.releaseWaiting().filter((delivery) => !this.isFormer(delivery));
    for (const delivery of waiting.slice(0, -1)) delivery.nak();
    // The server handles them in order, so a confirmation of the last one confirms all.
    for (const last of waiting.slice(-1)) await this.giveBack(last);
    if (this.#holding.size === 0) this.#holding.close();
    this.#detach();
  }

  #isAbandoned(): boolean {
    return this.#init.mayBeAbandoned && this.#session.closing.aborted;
  }

  async #read(): Promise<void> {
    for (let failures = 0; this.#isOpen(); ) {
      await this.#session.link.whenUp(this.signal);
      try {
        await this.#fetch();
        failures = 0;
        this.#interruption.message = "";
      } catch (error) {
        if (!this.#isOpen()) return;
        failures += 1;
        this.#interrupted(error);
        await pause(backoff.delayMs(failures), { clock: systemClock, signal: this.signal });
      }
    }
  }

  /** Reports an interruption once, again when the reason changes, and every half minute while it lasts. */
  #interrupted(cause: unknown): void {
    this.#info = undefined;
    const error: MioError = toReadingError(cause);
    const now = Date.now();
    const { message, reportedAt } = this.#interruption;
    if (message === error.message && now - reportedAt < reportEveryMs) return;
    Object.assign(this.#interruption, { message: error.message, reportedAt: now });
    this.#session.onEvent({ type: "reading_interrupted", error });
  }

  #isOpen(): boolean {
    return !this.signal.aborted && !this.#session.nc.isClosed();
  }

  async #fetch(): Promise<void> {
    const info = await this.#freshInfo();
    const changed = this.#holding.changed;
    const free = windowOf(info, this.#init.window) - this.#holding.size + this.#countStalled();
    if (free <= 0) {
      await changed;
      return;
    }
    await this.#inbox.ask({ durable: this.#init.durable, batch: free, signal: this.signal });
  }

  /** Messages that wait for a lost one must not fill the window, or the lost one could not arrive. */
  #countStalled(): number {
    if (this.#gap.missing() === 0) this.#stalled.clear();
    return this.#stalled.size === 0 ? 0 : Math.min(maxStalled, this.#holding.countOf(this.#stalled));
  }

  async #freshInfo(): Promise<ConsumerInfo> {
    if (this.#info !== undefined && Date.now() - this.#floorReadAt < floorEveryMs) return this.#info;
    const reader = {
      init: this.#init,
      progress: this.#progress,
      onReplaced: (isFormer: IsFormer) => this.#replaced(isFormer),
    };
    const info = await this.#session.link.guard(ensureDurable(this.#session, reader));
    this.#info = info;
    this.#floorReadAt = Date.now();
    this.#ackWaitMs = millis(info.config.ack_wait ?? 0) || this.#init.ackWaitMs;
    this.#holding.beatEvery(Math.max(50, this.#ackWaitMs / 3));
    return info;
  }

  #replaced(isFormer: IsFormer): void {
    this.#holding.disown(isFormer);
    this.#session.onEvent({ type: "stream_replaced", stream: streamNames.enriched });
  }

  #accept(delivery: Delivery): void {
    const isSettled = this.#progress.isSettled(delivery);
    this.#progress.arrived(delivery);
    this.#gap.arrived(delivery, isSettled || this.#holding.has(delivery));
    if (isSettled) delivery.ack();
    else this.#holding.add(delivery);
  }
}

/** A durable may allow fewer unanswered deliveries than the program wants; 0 and -1 mean any number. */
function windowOf(info: ConsumerInfo, wanted: number): number {
  const allowed = info.config.max_ack_pending ?? 0;
  return Math.max(1, allowed > 0 ? Math.min(allowed, wanted) : wanted);
}
