import { once } from "node:events";
import type { Server } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

/** A listening port that can be closed and opened again, so that connections are really refused. */
export interface Gate {
  open(): void;
  shut(): void;
  /** Resolves when the port has reached the state requested last. */
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
    // Clients in this process notice the end of their keep-alive connections a few turns later.
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  };
  const want = (state: boolean): void => {
    wanted = state;
    work = work.then(follow);
    // `settled` reports a failure. Without this handler it would be an unhandled rejection.
    work.catch(() => undefined);
  };

  return { open: () => want(true), shut: () => want(false), settled: () => work };
}
