import type { AccountAccess, InboundEvent, SocketInbound, SocketState } from "@mio/channel-kit";
import { MioError, toMioError } from "@mio/failure";
import { type Clock, timedOut, withDeadline } from "@mio/pacing";
import { type Logger, supervise } from "@mio/service-kit";
import { createSilenceWatch } from "./silence-watch.ts";
import type { AccountSocketEvents } from "./socket-events.ts";
import { isLastConnection, type SocketStatus } from "./socket-status.ts";

/** The connection of one account, kept up until it is stopped. */
export interface AccountSocket {
  status(): SocketStatus;
  /** Looks again whether an account without credentials has some, and whether an open connection has gone silent. */
  lookAgain(): void;
  /** Resolves when the connection is closed and what was in hand is finished, or left behind after the grace. */
  stop(): Promise<void>;
}

export interface AccountSocketOptions {
  readonly channelType: string;
  readonly socket: SocketInbound;
  readonly access: AccountAccess;
  readonly accept: (event: InboundEvent) => Promise<void>;
  readonly events: AccountSocketEvents;
  /** An open connection that brings nothing for this time is told. */
  readonly silentAfterMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxInHand?: number;
  readonly stopGraceMs?: number;
}

const defaultMaxInHand = 512;
/** Somewhat longer than an adapter may take for its goodbye. */
const defaultStopGraceMs = 12_000;

/** Starts the connection. A failure of the channel's code restarts it with backoff and touches nothing else. */
export function startAccountSocket(options: AccountSocketOptions): AccountSocket {
  const { channelType, socket, access, events, clock, logger } = options;
  const { accountId } = access;
  const stopping = new AbortController();
  const hand = createHand(options);
  let state: SocketState = { kind: "connecting" };
  let heardAt = clock.now();
  let woken = Promise.withResolvers<void>();
  const silence = createSilenceWatch({ ...options, onSilent: events.silent });
  const status = (): SocketStatus => ({ accountId, state, heardAt });

  const enter = (next: SocketState): void => {
    // Looking again whether there are credentials by now is no news.
    if (state.kind === "unused" && next.kind === "connecting") return;
    // An open connection that replaces another goes on with the silence of that one.
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
        return hand.take(event);
      },
    });
    if (!signal.aborted && state.kind !== "unused") {
      throw new MioError("worker.ended", "The socket ended although nobody stopped it.", { retry: "soon" });
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
      const ended = supervised.done.then(() => hand.empty());
      if (await endsWithin(ended, { graceMs, clock })) events.stopped();
      else events.abandoned(graceMs);
    },
  };
}

/** What an account's socket has handed over and is not finished. */
interface Hand {
  take(event: InboundEvent): Promise<void>;
  empty(): Promise<void>;
}

function createHand({ accept, maxInHand = defaultMaxInHand }: AccountSocketOptions): Hand {
  const inHand = new Set<Promise<void>>();
  return {
    async take(event) {
      if (inHand.size >= maxInHand) {
        const message = "Too many events of one socket are in hand; the platform shall send this one again.";
        throw new MioError("socket.overloaded", message, { retry: "soon" });
      }
      const work = accept(event);
      inHand.add(work);
      try {
        await work;
      } finally {
        inHand.delete(work);
      }
    },
    empty: async () => void (await Promise.allSettled(inHand)),
  };
}

async function endsWithin(
  work: Promise<void>,
  { graceMs, clock }: { readonly graceMs: number; readonly clock: Clock },
): Promise<boolean> {
  return (await withDeadline(() => work, { timeoutMs: graceMs, clock })) !== timedOut;
}
