import { messageKey } from "@mio/jetstream";
import { compareIdentities, type Delivery, type Identity } from "./delivery.ts";

/**
 * The deliveries a reader holds. Each is kept alive by a heartbeat from the moment it arrives, also while it
 * waits to be handed out, until it is released.
 */
export class Holding {
  readonly #held = new Map<string, Delivery>();
  readonly #former = new WeakSet<Delivery>();
  readonly #waiting: Delivery[] = [];
  #timer: NodeJS.Timeout | undefined;
  #changed = Promise.withResolvers<void>();

  get size(): number {
    return this.#held.size;
  }

  /** How many were taken and not released. */
  get taken(): number {
    return this.#held.size - this.#waiting.length;
  }

  /** How many are of these subjects. */
  countOf(subjects: ReadonlySet<string>): number {
    return [...this.#held.values()].filter(({ subject }) => subjects.has(subject)).length;
  }

  /** Resolves at the next arrival, release or wake-up. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Begins or changes the heartbeat; an interval is a third of the time the server waits for an answer. */
  beatEvery(intervalMs: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      for (const delivery of this.#held.values()) if (!this.isFormer(delivery)) delivery.working();
    }, intervalMs);
  }

  /** Holds a delivery. A repetition of one that is held is dropped: the answer to the first counts for both. */
  add(delivery: Delivery): void {
    const name = nameOf(delivery);
    if (this.#held.has(name)) return;
    this.disown(({ seq, timeMs }) => seq === delivery.seq && timeMs < delivery.timeMs);
    this.#held.set(name, delivery);
    this.#waiting.push(delivery);
    this.wake();
  }

  has(identity: Identity): boolean {
    return this.#held.has(nameOf(identity));
  }

  /** The oldest delivery that nobody took yet. */
  take(): Delivery | undefined {
    return this.#waiting.shift();
  }

  release(delivery: Delivery): void {
    this.#held.delete(nameOf(delivery));
    this.wake();
  }

  /** Empties what nobody took, in stream order; the caller gives it back to the server. */
  releaseWaiting(): readonly Delivery[] {
    const untaken = this.#waiting.splice(0).toSorted(compareIdentities);
    for (const delivery of untaken) this.release(delivery);
    return untaken;
  }

  /** Marks what is held of a stream that is gone: an answer would be taken for one to another message. */
  disown(isFormer: (identity: Identity) => boolean): void {
    for (const delivery of this.#held.values()) if (isFormer(delivery)) this.#former.add(delivery);
  }

  /** Whether the stream that a delivery came from is gone. */
  isFormer(delivery: Delivery): boolean {
    return this.#former.has(delivery);
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Ends the heartbeats. Deliveries that are still held come again after the server's wait. */
  close(): void {
    clearInterval(this.#timer);
  }
}

function nameOf({ seq, timeMs }: Identity): string {
  return messageKey(seq, timeMs);
}
