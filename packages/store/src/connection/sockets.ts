import { Socket } from "node:net";

/** Sockets to Postgres. None of them outlives its use, whether or not the other side answers. */
export interface Sockets {
  /** For the driver's option of this name. */
  readonly stream: () => Socket;
  /** Resolves when every socket is closed; those that are still open after `graceMs` are destroyed. */
  closed(graceMs: number): Promise<void>;
}

/** How long the other side may take to close a connection that was ended here. */
const farewellMs = 2_000;

/**
 * The driver ends a connection by saying so and then waits for the server to close it. A connection that has fallen
 * silent is never closed by the server, so it would hold its descriptor and its process.
 */
export function createSockets(): Sockets {
  const open = new Set<Socket>();
  let onClosed: () => void = () => {};
  return {
    stream: () => {
      const socket = new Socket();
      open.add(socket);
      socket.once("finish", () => setTimeout(() => socket.destroy(), farewellMs).unref());
      socket.once("close", () => {
        open.delete(socket);
        onClosed();
      });
      return socket;
    },
    async closed(graceMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onClosed = () => void (open.size === 0 && resolve());
      onClosed();
      const timer = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, graceMs);
      await promise;
      clearTimeout(timer);
    },
  };
}
