import { MioError } from "@mio/failure";
import type { Timers } from "./timers.ts";

/** The interval of our pings. */
const pingEveryMs = 5_000;
/** Without any data for this time, not even a pong, the connection is dead. */
const deafAfterMs = 20_000;
/** Slack pings more often than this. If its pings stop, Slack sends no more events either. */
const forgottenAfterMs = 40_000;
/** The time limit for Slack's hello. */
const helloWithinMs = 15_000;

/** Detects a dead connection: one can stay open without a live peer. Disposing stops it. */
export interface Liveness extends Disposable {
  /** Data arrived. */
  heard(): void;
  /** Slack sent a ping, or something equivalent. */
  asked(): void;
  greeted(): void;
  /** While reading is paused, silence means nothing. */
  hold(isHeld: boolean): void;
}

export interface LivenessOptions {
  readonly timers: Timers;
  readonly ping: () => void;
  readonly onSilent: (error: MioError) => void;
}

export function watchLiveness({ timers, ping, onSilent }: LivenessOptions): Liveness {
  const startedAt = timers.now();
  let heardAt = startedAt;
  /** NOTE: undefined until Slack's first ping, because a proxy may answer its pings for us. */
  let askedAt: number | undefined;
  let isGreeted = false;
  let isHeld = false;
  let isOver = false;
  let timer = timers.after(pingEveryMs, look);

  function look(): void {
    const what = isHeld ? undefined : complaint(timers.now());
    if (what !== undefined) {
      onSilent(new MioError("socket.silent", `${what}; it is replaced.`, { retry: "soon" }));
      return;
    }
    ping();
    if (!isOver) timer = timers.after(pingEveryMs, look);
  }

  function complaint(now: number): string | undefined {
    if (!isGreeted && now - startedAt >= helloWithinMs) return "Slack's socket does not greet";
    if (now - heardAt >= deafAfterMs) return "Slack's socket answers nothing";
    const isForgotten = askedAt !== undefined && now - askedAt >= forgottenAfterMs;
    return isForgotten ? "Slack has forgotten its socket" : undefined;
  }

  const heard = (): void => {
    heardAt = timers.now();
  };
  return {
    heard,
    asked: () => {
      heard();
      askedAt = heardAt;
    },
    greeted: () => {
      isGreeted = true;
    },
    hold: (held) => {
      isHeld = held;
      heard();
      if (askedAt !== undefined) askedAt = heardAt;
    },
    [Symbol.dispose]: () => {
      isOver = true;
      timer[Symbol.dispose]();
    },
  };
}
