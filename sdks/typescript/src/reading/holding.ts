import { messageKey } from "@mio/jetstream";
import { compareIdentities, type Delivery, type Identity } from "./delivery.ts";

/**
 * The deliveries of a reader that are not answered yet. Each gets heartbeats from its arrival until its release, also
 * while it waits to be handed out.
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

  /** How many were handed out and not released. */
  get taken(): number {
    return this.#held.size - this.#waiting.length;
  }

  /** How many have one of these subjects. */
  countOf(subjects: ReadonlySet<string>): number {
    return [...this.#held.values()].filter(({ subject }) => subjects.has(subject)).length;
  }

  /** Resolves at the next arrival, release or wake-up. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Starts or changes the heartbeat. The interval is a third of the ack wait. */
  beatEvery(intervalMs: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      for (const delivery of this.#held.values()) if (!this.isFormer(delivery)) delivery.working();
    }, intervalMs);
  }

  /** Adds a delivery. A repetition is dropped, because the answer to the first counts for both. */
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

  /** Returns the oldest delivery that is not handed out. */
  take(): Delivery | undefined {
    return this.#waiting.shift();
  }

  release(delivery: Delivery): void {
    this.#held.delete(nameOf(delivery));
    this.wake();
  }

  /** Removes the deliveries that were not handed out, in stream order. The caller gives them back to the server. */
  releaseWaiting(): readonly Delivery[] {
    const untaken = this.#waiting.splice(0).toSorted(compareIdentities);
    for (const delivery of untaken) this.release(delivery);
    return untaken;
  }

  /** Marks deliveries of a former stream. The server would take an answer to them for one to another message. */
  disown(isFormer: (identity: Identity) => boolean): void {
    for (const delivery of this.#held.values()) if (isFormer(delivery)) this.#former.add(delivery);
  }

  /** Whether the delivery came from a former stream. */
  isFormer(delivery: Delivery): boolean {
    return this.#former.has(delivery);
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Stops the heartbeats. Deliveries without an answer come again after the ack wait. */
  close(): void {
    clearInterval(this.#timer);
  }
}

function nameOf({ seq, timeMs }: Identity): string {
  return messageKey(seq, timeMs);
}
