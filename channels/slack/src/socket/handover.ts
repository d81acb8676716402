import type { InboundEvent, SocketContext } from "@mio/channel-kit";
import { type Timers, within } from "./timers.ts";

/** As many events as may be on their way at a time; then the sockets are not read any more. */
const maxInHand = 64;
/** After this time nobody waits for an event any more, so that one that hangs does not hold up its conversation. */
const givenUpAfterMs = 30_000;

/** Hands the events of one account over: one after the other within a conversation, side by side across them. */
export interface Handover {
  /** Resolves when the event is safe, refused or given up; `acknowledge` runs only when it is safe, however late. */
  take(event: InboundEvent, acknowledge: () => void): Promise<void>;
  isFull(): boolean;
  /** Calls back as soon as there is room again. */
  onceRoomy(callback: () => void): void;
}

export function createHandover(accept: SocketContext["accept"], timers: Timers): Handover {
  const lastOf = new Map<string, Promise<void>>();
  const waiting: (() => void)[] = [];
  let inHand = 0;

  const deliver = (event: InboundEvent, acknowledge: () => void): Promise<void> =>
    within(acceptThen(acknowledge, event), givenUpAfterMs, timers);

  const acceptThen = async (acknowledge: () => void, event: InboundEvent): Promise<void> => {
    await accept(event);
    acknowledge();
  };

  const release = (): void => {
    inHand -= 1;
    for (const callback of waiting.splice(0)) callback();
  };

  return {
    take: async (event, acknowledge) => {
      inHand += 1;
      const conversation = conversationOf(event);
      const before = conversation === undefined ? undefined : lastOf.get(conversation);
      const work =
        before === undefined ? deliver(event, acknowledge) : before.then(() => deliver(event, acknowledge));
      if (conversation !== undefined) lastOf.set(conversation, work);
      await work;
      if (conversation !== undefined && lastOf.get(conversation) === work) lastOf.delete(conversation);
      release();
    },
    isFull: () => inHand >= maxInHand,
    onceRoomy: (callback) => void waiting.push(callback),
  };
}

function conversationOf(event: InboundEvent): string | undefined {
  return event.kind === "message" ? event.draft.message.conversationExternalId : undefined;
}
