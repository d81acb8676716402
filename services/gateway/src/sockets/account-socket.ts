import type { AccountAccess, InboundEvent, SocketInbound, SocketState } from "@mio/channel-kit";
import { MioError, toMioError } from "@mio/failure";
import { type Clock, type Timers, timedOut, withDeadline } from "@mio/pacing";
import { type Logger, supervise } from "@mio/service-kit";
import { createSilenceWatch } from "./silence-watch.ts";
import type { AccountSocketEvents } from "./socket-events.ts";
import { isLastConnection, type SocketStatus } from "./socket-status.ts";

/** The connection of one account, reconnected until it is stopped. */
export interface AccountSocket {
  status(): SocketStatus;
  /** Checks again whether an account without credentials has some now, and whether an open connection is silent. */
  lookAgain(): void;
  /** Resolves when the connection is closed and its events are finished, or abandoned after the grace. */
  stop(): Promise<void>;
}

export interface AccountSocketOptions {
  readonly channelType: string;
  readonly socket: SocketInbound;
  readonly access: AccountAccess;
  readonly accept: (event: InboundEvent) => Promise<void>;
  readonly events: AccountSocketEvents;
  /** How long an open connection may be without events before it is reported. */
  readonly silentAfterMs: number;
  readonly clock: Clock & Timers;
  readonly logger: Logger;
  readonly maxInFlight?: number;
  readonly stopGraceMs?: number;
}

const defaultMaxInFlight = 512;
/** Somewhat longer than an adapter may take to close. */
const defaultStopGraceMs = 12_000;

/** Starts the connection. A failure in the channel's code restarts it with backoff and affects no other account. */
export function startAccountSocket(options: AccountSocketOptions): AccountSocket {
  const { channelType, socket, access, events, clock, logger } = options;
  const { accountId } = access;
  const stopping = new AbortController();
  const inFlight = createInFlight(options);
  let state: SocketState = { kind: "connecting" };
  let heardAt = clock.now();
  let woken = Promise.withResolvers<void>();
  const silence = createSilenceWatch({ ...options, onSilent: events.silent });
  const status = (): SocketStatus => ({ accountId, state, heardAt });

  const enter = (next: SocketState): void => {
    // Re-checking for credentials is not a state change.
    if (state.kind === "unused" && next.kind === "connecting") return;
    // A connection that replaces an open one inherits its last event time.
    if (next.kind === "open" && state.kind !== "open") heardAt = clock.now();
    const isTrouble = next.kind === "lost" || next.kind === "refused" || isLastConnection(next);
    const isNews = next.kind !== state.kind || isTrouble;
    state = next;
    if (isNews) events.changed(next);
  };

  const runOnce = async (signal: AbortSignal): Promise<void> => {
    enter({ kind: "connecting" });
    await socket.run(access, {
      signal,
      onState: (next) => {
        if (!signal.aborted) enter(next);
      },
      onLate: events.late,
      accept: (event) => {
        heardAt = clock.now();
        return inFlight.take(event);
      },
    });
    if (!signal.aborted && state.kind !== "unused") {
      throw new MioError("worker.ended", "The socket ended without being stopped.", { retry: "soon" });
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      woken = Promise.withResolvers();
      try {
        await runOnce(signal);
      } catch (error) {
        if (signal.aborted) return;
        enter({ kind: "lost", error: toMioError(error), retryAfterMs: 0 });
        throw error;
      }
      if (!signal.aborted) await woken.promise;
    }
  };

  const supervised = supervise(
    { name: `socket ${channelType}`, run },
    { signal: stopping.signal, logger: logger.child({ account_id: accountId }), clock },
  );

  return {
    status,
    lookAgain: () => {
      woken.resolve();
      silence.look(status());
    },
    async stop() {
      const graceMs = options.stopGraceMs ?? defaultStopGraceMs;
      stopping.abort();
      woken.resolve();
      const ended = supervised.done.then(() => inFlight.settled());
      if (await endsWithin(ended, { graceMs, clock })) events.stopped();
      else events.abandoned(graceMs);
    },
  };
}

/** The events of an account's socket that are not finished. */
interface InFlight {
  take(event: InboundEvent): Promise<void>;
  settled(): Promise<void>;
}

function createInFlight({ accept, maxInFlight = defaultMaxInFlight }: AccountSocketOptions): InFlight {
  const pending = new Set<Promise<void>>();
  return {
    async take(event) {
      if (pending.size >= maxInFlight) {
        const message =
          "Too many events of one socket are in progress; the platform must send this one again.";
        throw new MioError("socket.overloaded", message, { retry: "soon" });
      }
      const work = accept(event);
      pending.add(work);
      try {
        await work;
      } finally {
        pending.delete(work);
      }
    },
    settled: async () => void (await Promise.allSettled(pending)),
  };
}

async function endsWithin(
  work: Promise<void>,
  { graceMs, clock }: { readonly graceMs: number; readonly clock: Timers },
): Promise<boolean> {
  return (await withDeadline(() => work, { timeoutMs: graceMs, clock })) !== timedOut;
}
