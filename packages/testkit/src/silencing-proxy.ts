import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

/**
 * A TCP proxy that can silence connections: no byte passes in either direction, and neither side sees the connection
 * end. A vanished host, a partition or an expired NAT entry has this effect.
 */
export interface SilencingProxy extends AsyncDisposable {
  /** The same connection string, through the proxy. */
  through(dsn: string): string;
  /** Number of open connections that are not silent. */
  open(): number;
  /** Silences all open connections; returns how many. New ones work. */
  silence(): number;
  /**
   * Silences the connection on which the client next sends these bytes, before they pass. Resolves when that happens.
   * Each call silences one connection.
   */
  silenceAt(bytes: string): Promise<void>;
  /** Whether new connections are silent from the start. */
  silenceNew(on: boolean): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
}

/** Starts a proxy on 127.0.0.1 in front of the server in `dsn`. */
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
        // The server keeps its connection to a silent client.
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
