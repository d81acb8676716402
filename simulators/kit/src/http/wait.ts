import { MioError } from "@mio/failure";
import type { EventLog } from "./event-log.ts";

/**
 * Resolves with the first event for which `predicate` holds.
 *
 * @throws MioError `simulator.wait_timeout`; the reason of `signal` when that aborts first.
 */
export async function waitForEvent<Event>(
  log: EventLog<Event>,
  predicate: (event: Event) => boolean,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal; readonly after?: number } = {},
): Promise<Event> {
  const { timeoutMs = 10_000, signal, after = 0 } = options;
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const ends = AbortSignal.any([timeout, ...(signal ? [signal] : [])]);
  for await (const entry of log.stream({ signal: ends, after })) {
    if (predicate(entry.event)) return entry.event;
  }
  signal?.throwIfAborted();
  throw new MioError("simulator.wait_timeout", `Nothing of the kind happened within ${timeoutMs} ms.`, {
    details: { events: log.lastSeq },
  });
}
