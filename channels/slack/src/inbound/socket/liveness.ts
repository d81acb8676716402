import { MioError } from "@mio/failure";
import type { Timers } from "./timers.ts";

/** How often we ask whether the other side is there. */
const pingEveryMs = 5_000;
/** Nothing at all for this time, not even an answer to our pings: the connection is dead. */
const deafAfterMs = 20_000;
/** Slack asks whether we are there more often than this. When it stops, nobody will send us events any more. */
const forgottenAfterMs = 40_000;
/** How long Slack may take to greet. */
const helloWithinMs = 15_000;

/** Notices that nobody is there: a connection can be open and dead at once. Disposing ends the watch. */
export interface Liveness extends Disposable {
  /** Anything came. */
  heard(): void;
  /** Slack asked whether we are there, or sent something that means as much. */
  asked(): void;
  greeted(): void;
  /** While we do not read, silence means nothing. */
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
  /** NOTE: undefined until Slack has pinged once, because a proxy may answer its pings for us. */
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
