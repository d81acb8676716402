import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

/**
 * A TCP proxy that can make connections silent: nothing passes in either direction any more, and neither side sees
 * the connection end. That is what a vanished host, a partition or a NAT that forgot leaves behind.
 */
export interface SilencingProxy extends AsyncDisposable {
  /** The same connection string, through the proxy. */
  through(dsn: string): string;
  /** Connections that are open and not silent. */
  open(): number;
  /** Makes all open connections silent; returns how many. New ones work. */
  silence(): number;
  /**
   * Makes the connection silent on which the client next sends these bytes, before they pass. Resolves then. Several
   * calls silence as many connections.
   */
  silenceAt(bytes: string): Promise<void>;
  /** Makes new connections silent from the start, or no longer. */
  silenceNew(on: boolean): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
}

/** Starts a proxy on 127.0.0.1 before the server that `dsn` names. */
export async function silencingProxy(dsn: string): Promise<SilencingProxy> {
  const target = new URL(dsn);
  const pairs = new Set<Pair>();
  const sockets = new Set<Socket>();
  const traps: { readonly bytes: string; readonly spring: () => void }[] = [];
  let newAreSilent = false;

  const isTrapped = (chunk: Buffer): boolean => {
    const at = traps.findIndex(({ bytes }) => chunk.includes(bytes));
    const [trap] = at < 0 ? [] : traps.splice(at, 1);
    trap?.spring();
    return trap !== undefined;
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = dial({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
    const pair: Pair = { client, server, silent: newAreSilent };
    pairs.add(pair);
    sockets.add(client).add(server);
    client.on("data", (chunk: Buffer) => {
      if (isTrapped(chunk)) pair.silent = true;
      if (!pair.silent) server.write(chunk);
    });
    server.on("data", (chunk: Buffer) => pair.silent || client.write(chunk));
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on("end", () => pair.silent || to.end());
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        pairs.delete(pair);
        // The server keeps what it has of a client that fell silent.
        if (!pair.silent) to.destroy();
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;

  return {
    through: (to) => {
      const url = new URL(to);
      url.hostname = "127.0.0.1";
      url.port = String(port);
      return url.href;
    },
    open: () => [...pairs].filter(({ silent }) => !silent).length,
    silence: () => {
      const open = [...pairs].filter(({ silent }) => !silent);
      for (const pair of open) pair.silent = true;
      return open.length;
    },
    silenceAt: (bytes) => new Promise((resolve) => traps.push({ bytes, spring: resolve })),
    silenceNew: (on) => {
      newAreSilent = on;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(listener, "close");
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
