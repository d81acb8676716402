/** An event with its sequence number and time. */
export interface Logged<Event> {
  readonly seq: number;
  readonly at: Date;
  readonly event: Event;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Begin after this sequence number. 0, the default, begins with the oldest event in the log. */
  readonly after?: number;
}

/** Events in order. Only the newest are kept, so a slow reader may miss old ones. */
export interface EventLog<Event> {
  /** Sequence number of the newest event, 0 when there is none. */
  readonly lastSeq: number;
  recent(after?: number): readonly Logged<Event>[];
  /** Calls `listener` for each new event. Returns a function that unsubscribes it. */
  on(listener: (entry: Logged<Event>) => void): () => void;
  /** Past events, then new ones as they happen; ends when `signal` aborts. */
  stream(options?: StreamOptions): AsyncGenerator<Logged<Event>, void>;
}

export interface WritableEventLog<Event> extends EventLog<Event> {
  append(event: Event): void;
}

export function createEventLog<Event>(options: {
  readonly capacity: number;
  readonly now: () => Date;
}): WritableEventLog<Event> {
  let entries: Logged<Event>[] = [];
  let lastSeq = 0;
  const listeners = new Set<(entry: Logged<Event>) => void>();

  const recent = (after = 0): readonly Logged<Event>[] => {
    const first = entries[0];
    return first === undefined ? [] : entries.slice(Math.max(0, after - first.seq + 1));
  };
  const on = (listener: (entry: Logged<Event>) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return {
    get lastSeq() {
      return lastSeq;
    },
    append(event) {
      lastSeq += 1;
      const entry = { seq: lastSeq, at: options.now(), event };
      entries.push(entry);
      // Trimmed to half its size at once: trimming on each event would copy the whole log each time.
      if (entries.length >= options.capacity * 2) entries = entries.slice(-options.capacity);
      for (const listener of [...listeners]) listener(entry);
    },
    recent,
    on,
    async *stream({ signal, after = 0 }: StreamOptions = {}) {
      let seen = after;
      while (!signal?.aborted) {
        const next = recent(seen);
        for (const entry of next) {
          seen = entry.seq;
          yield entry;
          if (signal?.aborted) return;
        }
        if (seen >= lastSeq) await nextEvent(on, signal);
      }
    },
  };
}

function nextEvent<Event>(on: EventLog<Event>["on"], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      off();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const off = on(done);
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
  });
}
