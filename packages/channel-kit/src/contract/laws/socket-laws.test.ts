import { describe, expect, it } from "vitest";
import type { InboundEvent, SocketContext } from "../../inbound/inbound.ts";
import type { PlayedSocket } from "../under-test/socket-under-test.ts";
import { socketLaws } from "./socket-laws.ts";

const event: InboundEvent = { kind: "ignored", reason: "noise" };

interface Adapter {
  readonly context: SocketContext;
  readonly acknowledge: () => void;
}

/** A socket of a platform that needs no network; `take` is the adapter's whole code for one event. */
function connect(
  context: SocketContext,
  take: (adapter: Adapter) => Promise<void>,
  isDeaf = false,
): PlayedSocket {
  const acknowledged: string[] = [];
  const inHand: Promise<void>[] = [];
  const stopped = Promise.withResolvers<void>();
  context.signal.addEventListener("abort", () => stopped.resolve(), { once: true });
  let count = 0;
  return {
    over: stopped.promise.then(async () => void (await Promise.all(inHand))),
    acknowledged: () => acknowledged,
    send: () => {
      const id = String(++count);
      const acknowledge = (): void => void acknowledged.push(id);
      if (!context.signal.aborted || isDeaf) inHand.push(take({ context, acknowledge }));
      return id;
    },
  };
}

const sound = async ({ context, acknowledge }: Adapter): Promise<void> => {
  await context.accept(event).then(acknowledge, () => undefined);
};
const flaws: Readonly<Record<string, (adapter: Adapter) => Promise<void>>> = {
  "acknowledges an event after it is stored, not before": async ({ context, acknowledge }) => {
    acknowledge();
    await context.accept(event).catch(() => undefined);
  },
  "does not acknowledge an event that is not stored, and continues": async ({ context, acknowledge }) => {
    await context.accept(event).then(acknowledge, acknowledge);
  },
  "ends on abort, after acknowledging the events in progress": async ({ context, acknowledge }) => {
    await context.accept(event).then(
      () => context.signal.aborted || acknowledge(),
      () => undefined,
    );
  },
};

describe.each(socketLaws)("$title", ({ title, holds }) => {
  it("holds for a sound socket", async () => {
    await holds({ connect: async (context) => connect(context, sound) });
  });

  it("does not hold for one with that flaw", async () => {
    const take = flaws[title] ?? sound;
    await expect(
      holds({ connect: async (context) => connect(context, take, !(title in flaws)) }),
    ).rejects.toThrow();
  });
});
