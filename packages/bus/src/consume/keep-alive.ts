import { workingWord } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";
import type { Held } from "./held.ts";

const working = new TextEncoder().encode(workingWord);

/**
 * Sends a heartbeat for each held delivery that arrived, or got its last heartbeat, at least `afterMs` ago. A delivery that
 * is handled sooner gets none. One timer checks all of them twice in that time. After a reconnect all get one, because
 * the last may be lost.
 */
export function keepAlive(
  bus: Pick<Bus, "nc" | "isConnected" | "onReconnect">,
  held: ReadonlyMap<string, Held>,
  afterMs: number,
): Disposable {
  if (!Number.isFinite(afterMs)) return { [Symbol.dispose]: () => {} };
  const beat = (olderThanMs: number): void => {
    if (!bus.isConnected()) return;
    const now = performance.now();
    for (const item of held.values()) {
      if (item.isOrphan || now - item.signedAt < olderThanMs) continue;
      item.signedAt = now;
      bus.nc.publish(item.replyTo, working);
    }
  };
  const timer = setInterval(() => beat(afterMs), afterMs / 2);
  const forget = bus.onReconnect(() => beat(0));
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      forget();
    },
  };
}
