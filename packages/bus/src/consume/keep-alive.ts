import { workingWord } from "@mio/jetstream";
import type { Bus } from "../connect/connection.ts";
import type { Held } from "./held.ts";

const working = new TextEncoder().encode(workingWord);

/** Sends heartbeats for all held deliveries. */
export function keepAlive(bus: Bus, held: ReadonlyMap<string, Held>, everyMs: number): Disposable {
  if (!Number.isFinite(everyMs)) return { [Symbol.dispose]: () => {} };
  const timer = setInterval(() => {
    if (!bus.isConnected()) return;
    for (const { replyTo, isOrphan } of held.values()) if (!isOrphan) bus.nc.publish(replyTo, working);
  }, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
