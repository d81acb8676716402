import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { createSockets, type Sockets } from "../src/connection/sockets.ts";

/** A server that accepts connections and never closes one. */
async function openDeafServer() {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket.on("error", () => {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    dial: async ({ stream }: Sockets): Promise<Socket> => {
      const socket = stream().connect({ port, host: "127.0.0.1" });
      await once(socket, "connect");
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of accepted) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("closes an ended socket after a timeout although the server does not close it", async () => {
  await using server = await openDeafServer();
  const sockets = createSockets();
  const socket = await server.dial(sockets);
  socket.end();
  await sockets.closed(30_000);
  expect(socket.destroyed).toBe(true);
}, 15_000);

test("closes a socket that was never ended after the grace", async () => {
  await using server = await openDeafServer();
  const sockets = createSockets();
  const socket = await server.dial(sockets);
  await sockets.closed(50);
  expect(socket.destroyed).toBe(true);
  // No socket is left to wait for.
  await sockets.closed(30_000);
}, 15_000);
