import type { Clock } from "@mio/pacing";
import type { Message } from "@mio/proto";
import { createKnownNames } from "./known-names.ts";
import { createLookups, type Lookup, type LookupOptions } from "./lookups.ts";

/** Names of people on platforms whose events contain only ids. */
export interface Names extends Disposable {
  /**
   * Writes the sender's name into a message without one. Waits at most a second for the platform; a later result is
   * cached for the next message. Returns whether the message has changed.
   *
   * If a lookup is needed, the senders of messages queued behind are looked up at the same time.
   */
  complete(message: Message, context: NamingContext): Promise<boolean>;
}

export interface NamingContext {
  readonly signal: AbortSignal;
  /** Later messages of the same conversation. */
  readonly queuedBehind?: () => Iterable<Message>;
}

/** About 200 bytes each. */
const maxKnown = 50_000;
/** Longest time that a message waits for a lookup. */
const patienceMs = 1_000;

export function createNames(options: LookupOptions): Names {
  const { clock } = options;
  const known = createKnownNames({ clock, max: maxKnown });
  const lookups = createLookups(options, known.set);

  const prefetch = (message: Message): void => {
    const key = keyOf(message);
    if (!isNameless(message) || known.get(key) !== undefined) return;
    if (lookups.running(key) === undefined) lookups.start(message, key);
  };

  const ask = (message: Message, key: string, queuedBehind: () => Iterable<Message>): Lookup | undefined => {
    const lookup = lookups.start(message, key);
    if (lookup !== undefined) for (const later of queuedBehind()) prefetch(later);
    return lookup;
  };

  return {
    async complete(message, { signal, queuedBehind = () => [] }) {
      if (message.sender === undefined || !isNameless(message)) return false;
      const key = keyOf(message);
      let name = known.get(key);
      if (name === undefined) {
        const lookup = lookups.running(key) ?? ask(message, key, queuedBehind);
        name = lookup === undefined ? "" : await soon(lookup, { clock, signal });
      }
      if (name === "") return false;
      message.sender.displayName = name;
      return true;
    },
    [Symbol.dispose]: () => lookups[Symbol.dispose](),
  };
}

/** Bots have names in their events, and a person without an id cannot be looked up. */
function isNameless({ sender }: Message): boolean {
  return sender !== undefined && sender.displayName === "" && sender.externalId !== "" && !sender.isBot;
}

function keyOf({ accountId, sender }: Message): string {
  return `${accountId} ${sender?.externalId ?? ""}`;
}

interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The name, or an empty string if the lookup takes too long. Rejects when the signal aborts. */
async function soon({ name, startedAt }: Lookup, { clock, signal }: Waiting): Promise<string> {
  const waiting = new AbortController();
  const leftMs = Math.max(0, startedAt + patienceMs - clock.now().getTime());
  const tooLate = clock.sleep(leftMs, AbortSignal.any([signal, waiting.signal])).then(() => "");
  tooLate.catch(() => undefined);
  try {
    return await Promise.race([name, tooLate]);
  } finally {
    waiting.abort();
  }
}
