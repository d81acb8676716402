import { once } from "node:events";
import type { Server } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

/** A listening port that can be closed and opened again, so that refused connections are real ones. */
export interface Gate {
  open(): void;
  shut(): void;
  /** Resolves when the port is as last asked for. */
  settled(): Promise<void>;
}

export function createGate(server: Server, address: { readonly host: string; readonly port: number }): Gate {
  let wanted = true;
  let work = Promise.resolve();

  const follow = async (): Promise<void> => {
    if (wanted === server.listening) return;
    if (wanted) {
      server.listen(address);
      await once(server, "listening");
      return;
    }
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    // Callers in this process see their kept-alive connections end a turn later; then new ones are refused.
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  };
  const want = (state: boolean): void => {
    wanted = state;
    work = work.then(follow);
    // A failure is kept for `settled`; without this it would end the process before anybody asks.
    work.catch(() => undefined);
  };

  return { open: () => want(true), shut: () => want(false), settled: () => work };
}
