import { Socket } from "node:net";

/** Sockets to Postgres. Each one is closed after use, even if the server does not answer. */
export interface Sockets {
  /** For the driver option of this name. */
  readonly stream: () => Socket;
  /** Resolves when every socket is closed; destroys those still open after `graceMs`. */
  closed(graceMs: number): Promise<void>;
}

/** How long the server may take to close a connection that this side has ended. */
const closeTimeoutMs = 2_000;

/**
 * The driver ends a connection with a message and waits for the server to close it. On a silent connection the server
 * never does, so the socket would leak and keep the process alive.
 */
export function createSockets(): Sockets {
  const open = new Set<Socket>();
  let onClosed: () => void = () => {};
  return {
    stream: () => {
      const socket = new Socket();
      open.add(socket);
      socket.once("finish", () => setTimeout(() => socket.destroy(), closeTimeoutMs).unref());
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
