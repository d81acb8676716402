import type { InboundEvent, SocketContext } from "@mio/channel-kit";
import { type Timers, within } from "./timers.ts";

/** The limit of events in progress; at it, the sockets pause. */
const maxInHand = 64;
/** Slack resends an event that is not acknowledged within three seconds; a later acknowledgement has no effect. */
const acknowledgeWithinMs = 2_500;
/** After this time, a stuck event no longer occupies a slot. */
const stuckAfterMs = 30_000;

/** Hands over the events of one account: in order within a conversation, concurrently across conversations. */
export interface Handover {
  /**
   * Resolves when the event is stored, rejected or timed out. Calls `acknowledge` only if the event is stored in
   * time. A stuck event lets the next of its conversation pass.
   */
  take(event: InboundEvent, acknowledge: () => void): Promise<void>;
  isFull(): boolean;
  /** Calls back once a slot is free. */
  onceFree(callback: () => void): void;
}

export interface HandoverOptions extends Pick<SocketContext, "accept" | "onLate"> {
  readonly timers: Timers;
}

export function createHandover({ accept, onLate, timers }: HandoverOptions): Handover {
  const queue = createQueue();
  const waiting: (() => void)[] = [];
  let inHand = 0;

  const acceptThen = async (event: InboundEvent, envelope: Envelope): Promise<void> => {
    try {
      await accept(event);
      envelope.acknowledge();
    } finally {
      envelope[Symbol.dispose]();
    }
  };

  const release = (): void => {
    inHand -= 1;
    for (const callback of waiting.splice(0)) callback();
  };

  return {
    take: async (event, acknowledge) => {
      inHand += 1;
      const envelope = openEnvelope(acknowledge, { onLate, timers });
      const turn = queue.join(conversationOf(event));
      if (turn.before !== undefined) await turn.before;
      const work = acceptThen(event, envelope);
      void within(work, acknowledgeWithinMs, timers).then(turn.pass);
      await within(work, stuckAfterMs, timers);
      release();
    },
    isFull: () => inHand >= maxInHand,
    onceFree: (callback) => void waiting.push(callback),
  };
}

/** An event waiting for its acknowledgement, which comes in time or never. Disposing ends the wait. */
interface Envelope extends Disposable {
  acknowledge(): void;
}

function openEnvelope(
  acknowledge: () => void,
  { onLate, timers }: Pick<HandoverOptions, "onLate" | "timers">,
): Envelope {
  let isLate = false;
  const timer = timers.after(acknowledgeWithinMs, () => {
    isLate = true;
    onLate();
  });
  return {
    acknowledge: () => {
      if (!isLate) acknowledge();
    },
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}

interface Turn {
  /** The previous turn; undefined if there is none. */
  readonly before: Promise<void> | undefined;
  /** Starts the next turn. */
  pass(): void;
}

/** A queue per conversation; events without a conversation never wait. */
function createQueue(): { join(conversation: string | undefined): Turn } {
  const lastOf = new Map<string, Promise<void>>();
  return {
    join: (conversation) => {
      if (conversation === undefined) return { before: undefined, pass: () => undefined };
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = lastOf.get(conversation);
      lastOf.set(conversation, promise);
      const pass = (): void => {
        resolve();
        if (lastOf.get(conversation) === promise) lastOf.delete(conversation);
      };
      return { before, pass };
    },
  };
}

function conversationOf(event: InboundEvent): string | undefined {
  return event.kind === "message" ? event.draft.message.conversationExternalId : undefined;
}
