import { setImmediate as turn } from "node:timers/promises";
import { expect } from "vitest";
import type { SocketContext } from "../../inbound/inbound.ts";
import type { SocketUnderTest } from "../under-test/socket-under-test.ts";

/** One requirement of a socket; `holds` rejects if the socket does not meet it. */
export interface SocketLaw {
  readonly title: string;
  holds(socket: SocketUnderTest): Promise<void>;
}

export const socketLaws: readonly SocketLaw[] = [
  {
    title: "acknowledges an event after it is stored, not before",
    async holds(socket) {
      const safe = Promise.withResolvers<void>();
      await using world = await open(socket, () => safe.promise);
      const id = world.played.send();
      await world.accepted(1);
      expect(world.played.acknowledged()).toEqual([]);
      safe.resolve();
      await expect.poll(() => world.played.acknowledged()).toEqual([id]);
    },
  },
  {
    title: "does not acknowledge an event that is not stored, and continues",
    async holds(socket) {
      let isAway = true;
      await using world = await open(socket, async () => {
        if (isAway) throw new Error("the database is away");
      });
      world.played.send();
      await world.accepted(1);
      isAway = false;
      const next = world.played.send();
      await expect.poll(() => world.played.acknowledged()).toContain(next);
      expect(world.played.acknowledged()).toEqual([next]);
    },
  },
  {
    title: "ends on abort, after acknowledging the events in progress",
    async holds(socket) {
      const safe = Promise.withResolvers<void>();
      await using world = await open(socket, () => safe.promise);
      const id = world.played.send();
      await world.accepted(1);
      world.stop();
      safe.resolve();
      await world.played.over;
      expect(world.played.acknowledged()).toEqual([id]);
    },
  },
  {
    title: "hands nothing over after it has ended",
    async holds(socket) {
      await using world = await open(socket, async () => undefined);
      world.stop();
      await world.played.over;
      world.played.send();
      await turns();
      expect(world.count()).toBe(0);
    },
  },
];

async function open(socket: SocketUnderTest, accept: SocketContext["accept"]) {
  const stop = new AbortController();
  let count = 0;
  const played = await socket.connect({
    signal: stop.signal,
    accept: async (event) => {
      count += 1;
      await accept(event);
    },
    onLate: () => undefined,
    onState: () => undefined,
  });
  return {
    played,
    count: () => count,
    stop: () => stop.abort(),
    async accepted(times: number) {
      await expect.poll(() => count).toBe(times);
      await turns();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await turns();
    },
  };
}

/** Resolves after all work that waits for nothing external has run. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await turn();
}
