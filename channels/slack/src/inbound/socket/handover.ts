import type { InboundEvent, SocketContext } from "@mio/channel-kit";
import { type Timers, within } from "./timers.ts";

/** As many events as may be on their way at a time; then the sockets are not read any more. */
const maxInHand = 64;
/** Slack sends an event again that is not acknowledged within three seconds; what comes later is of no use. */
const acknowledgeWithinMs = 2_500;
/** After this time an event that hangs takes no place any more. */
const givenUpAfterMs = 30_000;

/** Hands the events of one account over: one after the other within a conversation, side by side across them. */
export interface Handover {
  /**
   * Resolves when the event is safe, refused or given up; `acknowledge` runs only when it is safe in time. One that
   * takes longer lets the next of its conversation pass.
   */
  take(event: InboundEvent, acknowledge: () => void): Promise<void>;
  isFull(): boolean;
  /** Calls back as soon as there is room again. */
  onceRoomy(callback: () => void): void;
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
      await within(work, givenUpAfterMs, timers);
      release();
    },
    isFull: () => inHand >= maxInHand,
    onceRoomy: (callback) => void waiting.push(callback),
  };
}

/** An event that waits for its acknowledgement, which comes in time or not at all. Disposing ends the wait. */
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
  /** Undefined when nobody is before us. */
  readonly before: Promise<void> | undefined;
  /** Lets the next one begin. */
  pass(): void;
}

/** Turns within each conversation; events without one never wait. */
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
