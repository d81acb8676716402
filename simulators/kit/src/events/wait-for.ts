import { MioError } from "@mio/failure";
import type { EventLog } from "./event-log.ts";

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Look only at events after this sequence number. 0, the default, means all events in the log. */
  readonly after?: number;
}

/**
 * Resolves with the first event that satisfies `predicate`, past events first.
 *
 * @throws MioError `simulator.wait_timeout`; the reason of `signal` when that aborts first.
 */
export async function waitForEvent<Event>(
  log: EventLog<Event>,
  predicate: (event: Event) => boolean,
  options?: WaitOptions,
): Promise<Event> {
  return await waitFor(log, (event) => (predicate(event) ? event : undefined), options);
}

/** The messages that exist, and the log of their changes. */
export interface MessageSource<Event, Message> {
  readonly events: EventLog<Event>;
  readonly messageOf: (event: Event) => Message | undefined;
  readonly messages: () => Iterable<Message>;
}

/**
 * Resolves with the first message that satisfies `predicate`, in its present state or a later one. With `after`, only
 * events count. Fails as {@link waitForEvent} does.
 */
export async function waitForMessage<Event, Message>(
  { events, messageOf, messages }: MessageSource<Event, Message>,
  predicate: (message: Message) => boolean,
  options: WaitOptions = {},
): Promise<Message> {
  const { after = events.lastSeq } = options;
  if (options.after === undefined) {
    for (const message of messages()) if (predicate(message)) return message;
  }
  const find = (event: Event): Message | undefined => {
    const message = messageOf(event);
    return message !== undefined && predicate(message) ? message : undefined;
  };
  return await waitFor(events, find, { ...options, after });
}

/** Resolves with the first value that `find` returns for an event of the log. */
async function waitFor<Event, Found>(
  log: EventLog<Event>,
  find: (event: Event) => Found | undefined,
  { timeoutMs = 10_000, signal, after = 0 }: WaitOptions = {},
): Promise<Found> {
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const ends = AbortSignal.any([timeout, ...(signal ? [signal] : [])]);
  for await (const { event } of log.stream({ signal: ends, after })) {
    const found = find(event);
    if (found !== undefined) return found;
  }
  signal?.throwIfAborted();
  throw new MioError("simulator.wait_timeout", `No such event within ${timeoutMs} ms.`, {
    details: { events: log.lastSeq },
  });
}
